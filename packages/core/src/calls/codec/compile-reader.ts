import { toBigint, toDate } from '../../binding/scalar.js'
import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import {
  printType,
  type CollectionType,
  type ScalarType,
  type UnionType,
  type ValueType,
} from '../../contract/value-type.js'
import { isReadOnly } from '../../contract/declarations.js'
import type { Class } from '../../decorators/metadata.js'
import { describe, OutputMisfit } from '../../response/serialize/misfit.js'
import { rootLabel } from '../../response/serialize/project.js'
import { compileFill, type FieldReader } from './compile-fill.js'

/**
 * Makes a value of a declared type out of the JSON that was written of one. Null stays null: who wrote it knew whether it may be.
 * @throws OutputMisfit  for what is no JSON of the type
 */
export type Reader = (plain: unknown) => unknown

/** By the plan of a class, so that classes in a circle end. */
const known = new WeakMap<ObjectPlan, Reader>()

/** @param label  of the field that holds the value, for errors */
export function compileReader(type: ValueType, label: string): Reader {
  switch (type.kind) {
    case 'array':
    case 'set':
      return listReader(type, label)
    case 'map':
      return mapReader(type, label)
    case 'object':
      return lazily(() => objectReader(type.plan()))
    case 'union':
      return unionReader(type, label)
    default:
      return scalarReader(type, label)
  }
}

function scalarReader(type: ScalarType, label: string): Reader {
  const expected = printType(type)
  const refuse = (plain: unknown) => {
    if (plain === null) return null
    throw new OutputMisfit(label, expected, describe(plain))
  }
  switch (type.kind) {
    case 'any':
      return (plain) => plain
    case 'string':
      return (plain) => (typeof plain === 'string' ? plain : refuse(plain))
    case 'number':
    case 'duration':
    case 'size':
      return (plain) => (typeof plain === 'number' ? plain : refuse(plain))
    case 'boolean':
      return (plain) => (typeof plain === 'boolean' ? plain : refuse(plain))
    // A member that only the other server knows is not refused: it may run a newer version.
    case 'enum':
      return (plain) => (typeof plain === 'string' || typeof plain === 'number' ? plain : refuse(plain))
    case 'bigint':
      return (plain) => {
        const value = typeof plain === 'string' ? toBigint(plain) : undefined
        return typeof value === 'bigint' ? value : refuse(plain)
      }
    case 'date':
      return (plain) => {
        const value = typeof plain === 'string' ? toDate(plain) : undefined
        return value instanceof Date ? value : refuse(plain)
      }
  }
}

function listReader(type: CollectionType, label: string): Reader {
  const read = compileReader(type.element, `${label}[]`)
  const expected = printType(type)
  const isSet = type.kind === 'set'
  return (plain) => {
    if (plain === null) return null
    if (!Array.isArray(plain)) throw new OutputMisfit(label, expected, describe(plain))
    const items: unknown[] = []
    for (const item of plain) items.push(read(item))
    return isSet ? new Set(items) : items
  }
}

function mapReader(type: CollectionType, label: string): Reader {
  const read = compileReader(type.element, `${label}[]`)
  const expected = printType(type)
  return (plain) => {
    if (plain === null) return null
    if (typeof plain !== 'object' || Array.isArray(plain)) throw new OutputMisfit(label, expected, describe(plain))
    const map = new Map<string, unknown>()
    for (const [key, item] of Object.entries(plain)) map.set(key, read(item))
    return map
  }
}

function unionReader(type: UnionType, label: string): Reader {
  const { discriminator, variants } = type
  const readers = new Map([...variants].map(([name, plan]) => [name, lazily(() => objectReader(plan()))]))
  const expected = printType(type)
  return (plain) => {
    if (plain === null) return null
    const name = typeof plain === 'object' ? (plain as Readonly<Record<string, unknown>>)[discriminator] : undefined
    const read = typeof name === 'string' ? readers.get(name) : undefined
    if (!read) throw new OutputMisfit(label, expected, describe(plain))
    return read(plain)
  }
}

function lazily(make: () => Reader): Reader {
  let read: Reader | undefined
  return (plain) => (read ??= make())(plain)
}

function objectReader(plan: ObjectPlan): Reader {
  let reader = known.get(plan)
  if (!reader) {
    reader = createObjectReader(plan)
    known.set(plan, reader)
  }
  return reader
}

function createObjectReader(plan: ObjectPlan): Reader {
  const { type } = plan
  const sample = constructible(type)
  const fill = compileFill(plan.fields.map((field) => fieldReader(field, type, sample)))
  const prototype = type.prototype as object
  const create = sample ? () => new type() as object : () => Object.create(prototype) as object
  return (plain) => {
    if (plain === null) return null
    if (typeof plain !== 'object' || Array.isArray(plain)) throw new OutputMisfit(rootLabel, type.name, describe(plain))
    const target = create()
    fill(target, plain)
    return target
  }
}

function fieldReader({ name, property, type }: FieldPlan, owner: Class, sample: object | undefined): FieldReader {
  const isDefined = property === 'constructor' || isReadOnly(owner, property)
  return {
    name,
    property,
    read: compileReader(type, `${owner.name}.${property}`),
    taken: type.kind === 'string' || type.kind === 'number' || type.kind === 'boolean' ? type.kind : undefined,
    isDefined,
    isInitialised: sample !== undefined && !isDefined && initialValue(sample, property) !== undefined,
  }
}

function initialValue(sample: object, property: string): unknown {
  return Object.hasOwn(sample, property) ? (sample as Readonly<Record<string, unknown>>)[property] : undefined
}

/** An instance, of a class that takes no parameters; undefined of one whose instances are only made by its own code. */
function constructible(type: Class): object | undefined {
  if (type.length > 0) return undefined
  try {
    return new type() as object
  } catch {
    return undefined
  }
}
