import { toBigint, toDate } from '../../binding/scalar.js'
import type { FieldPlan, ObjectPlan, ValueType } from '../../contract/input-plan.js'
import { storageOf } from '../../contract/object-shape.js'
import { printType, type ScalarType } from '../../contract/value-type.js'
import type { Class } from '../../decorators/metadata.js'
import { describe, OutputMisfit } from '../../response/serialize/misfit.js'

/**
 * Makes a value of a declared type out of the JSON that was written of one. Null stays null: who wrote it knew whether it may be.
 * @throws OutputMisfit  for what is no JSON of the type
 */
export type Reader = (plain: unknown) => unknown

/** By the plan of a class and by label, so that classes in a circle end. */
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

type Collection = Extract<ValueType, { readonly element: ValueType }>

function listReader(type: Collection, label: string): Reader {
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

function mapReader(type: Collection, label: string): Reader {
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

function unionReader(type: ValueType & { kind: 'union' }, label: string): Reader {
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

/** Puts what was sent, or undefined, into one property. */
interface FieldReader {
  readonly name: string
  readonly property: string
  readonly read: Reader
  /** A getter without a setter, or what must not be assigned: what it gave on the other server is kept on the instance. */
  readonly isDefined: boolean
  /** An instance has it before it is filled. */
  readonly isInitialised: boolean
}

/** What a class of the user's gives when nothing is known of its fields. */
function createObjectReader(plan: ObjectPlan): Reader {
  const { type } = plan
  const sample = constructible(type)
  const fields = plan.fields.map((field) => fieldReader(field, type, sample))
  const create =
    sample === undefined ? () => Object.create(type.prototype as object) as object : () => new type() as object
  return (plain) => {
    if (plain === null) return null
    if (typeof plain !== 'object' || Array.isArray(plain)) throw new OutputMisfit('data', type.name, describe(plain))
    const target = create() as Record<string, unknown>
    for (const { name, property, read, isDefined, isInitialised } of fields) {
      const item = Object.hasOwn(plain, name) ? (plain as Readonly<Record<string, unknown>>)[name] : undefined
      if (item === undefined) {
        // What the object did not have on the other server is not to be had from an initialiser.
        if (isInitialised) target[property] = undefined
      } else if (isDefined) define(target, property, read(item))
      else target[property] = read(item)
    }
    return target
  }
}

function fieldReader({ name, property, type }: FieldPlan, owner: Class, sample: object | undefined): FieldReader {
  const holder = sample ?? (owner.prototype as object)
  const isDefined = property === '__proto__' || property === 'constructor' || storageOf(holder, property) === 'accessor'
  const isInitialised =
    sample !== undefined && !isDefined && Object.hasOwn(sample, property) && Reflect.get(sample, property) !== undefined
  return { name, property, read: compileReader(type, `${owner.name}.${property}`), isDefined, isInitialised }
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

function define(target: object, property: string, value: unknown): void {
  Object.defineProperty(target, property, { value, writable: true, enumerable: true, configurable: true })
}
