import type { Program } from '../../codegen/program.js'
import type { BindMode } from '../mode.js'
import type { PreparedObject } from '../prepare.js'
import { emitField, type EmittedField } from './emit-field.js'
import { emitRead } from './emit-read.js'
import { notRecord } from './emit-value.js'
import { block, type ObjectScope, type Scope } from './scope.js'

/**
 * A function `(raw, discriminator)` that gives a filled and checked instance, or undefined where anything is not right.
 * @param refused  told the object, the instance as far as it could be filled, and the indices of the fields that are wrong, so that
 * only these need to be interpreted
 */
export function emitObject(
  program: Program,
  object: PreparedObject,
  mode: BindMode,
  nested: Scope['nested'],
  refused: Refused,
): string {
  const { type } = object.plan
  const raw = program.declare('raw')
  const discriminator = program.declare('discriminator')
  const target = program.declare('target')
  const wrong = program.declare('wrong')
  const name = program.declare(`bind_${type.name}`)
  const scope: ObjectScope = { program, mode, target, wrong, nested, hasAccessors: object.hasAccessors }
  const fields = object.fields.map((field, index) =>
    emitField(field, index, { read: emitRead(raw, field.name), holder: raw }, scope),
  )
  program.define(name, `${raw}, ${discriminator}`, [
    `if (${notRecord(raw)}) return undefined`,
    `const ${target} = new ${program.constant(type, type.name)}()`,
    `let ${wrong}`,
    ...fields.flatMap(({ lines }) => lines),
    ...emitEnd(
      fields,
      mode.unknown === 'reject' ? emitUnknown(object.names, raw, scope, discriminator) : [],
      raw,
      scope,
      refused,
    ),
  ])
  return name
}

export type Refused = (raw: object, target: object, wrong: readonly number[]) => void

/** What stands behind all fields. Nothing late is asked of an instance that is not filled as it should be. */
export function emitEnd(
  fields: readonly EmittedField[],
  unknown: readonly string[],
  raw: string,
  { program, target, wrong }: ObjectScope,
  refused: Refused,
): readonly string[] {
  const late = fields.flatMap((field) => field.late)
  return [
    ...(late.length > 0 ? block(`if (${wrong} === undefined)`, late) : []),
    ...unknown,
    `if (${wrong} !== undefined) return ${program.constant(refused, 'refused')}(${raw}, ${target}, ${wrong})`,
    `return ${target}`,
  ]
}

/** Refuses an object with keys that are not among the names. */
export function emitUnknown(
  names: ReadonlySet<string>,
  raw: string,
  { program, wrong }: ObjectScope,
  discriminator?: string,
): readonly string[] {
  const key = program.declare('key')
  const isUnknown = `!${program.constant(names, 'names')}.has(${key})`
  const condition = discriminator === undefined ? isUnknown : `${isUnknown} && ${key} !== ${discriminator}`
  return block(`for (const ${key} in ${raw})`, [...block(`if (${condition})`, [`${wrong} ??= []`, 'break'])])
}
