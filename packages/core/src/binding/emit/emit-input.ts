import { block } from '../../codegen/block.js'
import { literal, type Program } from '../../codegen/program.js'
import type { InputField, InputPlan } from '../../contract/input-plan.js'
import { bodyNames } from '../interpret-input.js'
import { textMode, type BindMode } from '../mode.js'
import { prepare, type PreparedField } from '../prepare.js'
import { holders, listSplitter, mayBeNested, nestedQuery, wholeQuery } from '../text-sources.js'
import { emitField, type EmittedField, type FieldSource } from './emit-field.js'
import { emitEnd, emitUnknown } from './emit-object.js'
import { emitRead } from './emit-read.js'
import { notRecord } from './emit-value.js'
import type { ObjectScope } from './scope.js'

/** Variables of the function. */
interface InputNames {
  readonly ctx: string
  /** The parsed body; undefined where the request has none. */
  readonly body: string
}

/**
 * A function `(ctx, body, refusals)` that gives a filled and checked DTO, or undefined where anything is not right.
 * @param mode  of the body
 * @param by  who is noted to have refused the context
 */
export function emitInput(
  program: Program,
  plan: InputPlan,
  mode: BindMode,
  nested: ObjectScope['nested'],
  by: object,
): string {
  const object = prepare(plan)
  const names: InputNames = { ctx: program.declare('ctx'), body: program.declare('body') }
  const target = program.declare('target')
  const name = program.declare(`bind_${plan.type.name}`)
  const code = program.constant(by, `${plan.type.name}_code`)
  const found = program.declare('found')
  const refusals = program.declare('refusals')
  const { tells } = object
  const { hasAccessors } = object.plan
  const scope: ObjectScope = { program, mode, target, found, refusals, nested, hasAccessors, tells }
  const isBody = ({ plan: field }: PreparedField) => (field as InputField).source === 'body'
  const emit = (field: PreparedField): EmittedField => {
    const index = object.fields.indexOf(field)
    return isBody(field)
      ? emitField(field, index, bodySource(field, names), scope)
      : emitField(field, index, textSource(field, names, program), { ...scope, mode: textMode })
  }

  const text = object.fields.filter((field) => !isBody(field)).map(emit)
  const bodyFields = object.fields.filter(isBody)
  const wildcards = bodyFields.filter(({ isWildcard }) => isWildcard).map(emit)
  const named = bodyFields.filter(({ isWildcard }) => !isWildcard)
  const isClosed = mode.unknown === 'reject' && wildcards.length === 0 && named.length > 0
  const fromBody = named.map(emit)
  const all = [...text, ...wildcards, ...fromBody]
  program.define(name, `${names.ctx}, ${names.body}, ${refusals}`, [
    `const ${target} = new ${program.constant(plan.type, plan.type.name)}()`,
    `let ${found}`,
    ...text.flatMap(({ lines }) => lines),
    ...wildcards.flatMap(({ lines }) => lines),
    ...(named.length > 0 ? emitBodyObject(names.body, scope) : []),
    ...fromBody.flatMap(({ lines }) => lines),
    ...emitEnd(all, isClosed ? emitUnknown(bodyNames(object), names.body, scope) : [], names.ctx, scope, code),
  ])
  return name
}

/** Without a body every field of it is absent. */
function emitBodyObject(body: string, { program }: ObjectScope): readonly string[] {
  return [
    `if (${body} === undefined) ${body} = ${program.constant(noBody, 'noBody')}`,
    `if (${notRecord(body)}) return undefined`,
  ]
}

const noBody: object = Object.freeze(Object.create(null) as object)

function bodySource(field: PreparedField, { body }: InputNames): FieldSource {
  return { read: field.isWildcard ? body : emitRead(body, field.name), holder: body }
}

function textSource({ plan }: PreparedField, { ctx }: InputNames, program: Program): FieldSource {
  const field = plan as InputField & { readonly source: keyof typeof holders }
  const holder = `${ctx}.${holders[field.source]}`
  const splitter = listSplitter(field)
  const mayBeList = splitter !== undefined || field.type.kind === 'any' || field.transforms.length > 0
  return {
    read: textRead(field, holder, ctx, program),
    holder,
    adapt: (value) => [
      ...(splitter ? [`${value} = ${program.constant(splitter, splitter.name)}(${value})`] : []),
      // More items than the app allows are refused in words of their own.
      ...(mayBeList
        ? block(`if (Array.isArray(${value}) && ${value}.length > ${ctx}.app.limits.items)`, ['return undefined'])
        : []),
    ],
  }
}

function textRead(field: InputField, holder: string, ctx: string, program: Program): string {
  if (field.isWildcard) {
    return field.source === 'query' ? `${program.constant(wholeQuery, 'wholeQuery')}(${ctx})` : `{ ...${holder} }`
  }
  const read = emitRead(holder, field.name)
  if (field.source !== 'query' || !mayBeNested(field)) return read
  return `${read} ?? ${program.constant(nestedQuery, 'nestedQuery')}(${ctx}, ${literal(field.name)})`
}
