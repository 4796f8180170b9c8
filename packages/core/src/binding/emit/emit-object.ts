import { block } from '../../codegen/block.js'
import type { Program } from '../../codegen/program.js'
import { leave } from '../findings.js'
import type { BindMode } from '../mode.js'
import type { PreparedObject } from '../prepare.js'
import { emitField, type EmittedField } from './emit-field.js'
import { emitRead } from './emit-read.js'
import { notRecord } from './emit-value.js'
import type { NestedCode, ObjectScope, Scope } from './scope.js'

/**
 * Defines the function `(raw, refusals, discriminator)` that gives a filled and checked instance, or undefined where anything is not
 * right. What is wrong is noted with the refusals, so that no more than that needs to be interpreted, if anything.
 */
export function emitObject(
  program: Program,
  { bind, compiled }: NestedCode,
  object: PreparedObject,
  mode: BindMode,
  nested: Scope['nested'],
): void {
  const { type } = object.plan
  const raw = program.declare('raw')
  const refusals = program.declare('refusals')
  const discriminator = program.declare('discriminator')
  const target = program.declare('target')
  const found = program.declare('found')
  const { tells } = object
  const { hasAccessors } = object.plan
  const scope: ObjectScope = { program, mode, target, found, refusals, nested, hasAccessors, tells }
  const fields = object.fields.map((field, index) =>
    emitField(field, index, { read: emitRead(raw, field.name), holder: raw }, scope),
  )
  program.define(bind, `${raw}, ${refusals}, ${discriminator}`, [
    `if (${notRecord(raw)}) return undefined`,
    `const ${target} = new ${program.constant(type, type.name)}()`,
    `let ${found}`,
    ...fields.flatMap(({ lines }) => lines),
    ...emitEnd(
      fields,
      mode.unknown === 'reject' ? emitUnknown(object.names, raw, scope, discriminator) : [],
      raw,
      scope,
      compiled,
    ),
  ])
}

/** What stands behind all fields. Nothing late is asked of an instance that is not filled as it should be. */
export function emitEnd(
  fields: readonly EmittedField[],
  unknown: readonly string[],
  raw: string,
  { program, target, found, refusals }: ObjectScope,
  by: string,
): readonly string[] {
  const late = fields.flatMap((field) => field.late)
  // The interpreter meets what conditions of users throw again, and decides what it means.
  const leaveAll = `{ ${found} = ${program.constant(leave, 'leave')}(${found}) }`
  return [
    ...(late.length > 0 ? block(`if (${found} === undefined)`, [...block('try', late), `catch ${leaveAll}`]) : []),
    ...unknown,
    `if (${found} !== undefined) return ${refusals}.add(${raw}, ${by}, ${target}, ${found})`,
    `return ${target}`,
  ]
}

/** Refuses an object with keys that are not among the names. */
export function emitUnknown(
  names: ReadonlySet<string>,
  raw: string,
  { program, found }: ObjectScope,
  discriminator?: string,
): readonly string[] {
  const key = program.declare('key')
  const isUnknown = `!${program.constant(names, 'names')}.has(${key})`
  const condition = discriminator === undefined ? isUnknown : `${isUnknown} && ${key} !== ${discriminator}`
  return block(`for (const ${key} in ${raw})`, [
    ...block(`if (${condition})`, [`${found} = ${program.constant(leave, 'leave')}(${found})`, 'break']),
  ])
}
