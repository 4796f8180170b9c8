import type { ObjectPlan, Transform } from '../../contract/object-plan.js'
import type { ValueType } from '../../contract/value-type.js'
import { readExposed, transformationTypes } from '../../contract/transformer-metadata.js'
import { HttpError } from '../../errors/http-error.js'
import { TransformFailure } from './transform-failure.js'

/** A field as both the emitter and the interpreter write it. */
export interface OutputField {
  readonly name: string
  readonly property: string
  readonly type: ValueType
  readonly transforms: readonly Transform[]
  /** `Todo.title`, for errors. */
  readonly label: string
  /** Every object has a property of this name, which is no data. */
  readonly isShadowed: boolean
  /** `@Expose` has class-transformer ask for it, whether an object has it or not. */
  readonly isExposed: boolean
}

const known = new WeakMap<ObjectPlan, readonly OutputField[]>()

/** The fields of a class in the order in which an object would list them: whole numbers first, each name once. */
export function outputFields(plan: ObjectPlan): readonly OutputField[] {
  let fields = known.get(plan)
  if (!fields) {
    const exposed = readExposed(plan.type, 'output')
    const byName = new Map(plan.fields.map((field) => [field.name, field]))
    fields = [...byName.values()]
      .map(({ name, property, type, transforms }) => ({
        name,
        property,
        type,
        transforms,
        label: `${plan.type.name}.${property}`,
        isShadowed: property in Object.prototype,
        isExposed: exposed.includes(property),
      }))
      .sort(byIndex)
    known.set(plan, fields)
  }
  return fields
}

/** Whole numbers first, as in every object of JavaScript. */
export function byIndex(a: { readonly name: string }, b: { readonly name: string }): number {
  const difference = indexOf(a.name) - indexOf(b.name)
  return Number.isNaN(difference) ? 0 : difference
}

/** The value of a field before its type is looked at. */
export function readField(object: object, field: OutputField): unknown {
  const { property, isShadowed, transforms } = field
  const value = isShadowed ? readShadowed(object, property) : (object as Record<string, unknown>)[property]
  return transforms.length === 0 ? value : transformField(value, object, field)
}

/**
 * Hands the value of a field through its `@Transform` functions, with the parameters that class-transformer gives them. As there,
 * nobody calls them for what an object does not have, unless `@Expose` says that the field is always there, as a computed one is.
 * @throws TransformFailure, or the HttpError that a function throws
 */
export function transformField(value: unknown, obj: object, field: OutputField): unknown {
  const { property: key, isExposed, isShadowed, label, transforms } = field
  if (value === undefined && !isExposed && !(isShadowed ? Object.hasOwn(obj, key) : key in obj)) return undefined
  try {
    for (const apply of transforms) value = apply({ value, key, obj, type: transformationTypes.output, options: {} })
  } catch (error) {
    throw HttpError.is(error) ? error : new TransformFailure(label, error)
  }
  return value
}

/** A property named like one that all objects inherit, such as `toString`: the object's own, or that of its class. */
export function readShadowed(object: object, property: string): unknown {
  let holder: object | null = object
  while (holder !== null) {
    const next = Reflect.getPrototypeOf(holder)
    const isOwn = holder === object
    // What has no prototype is where all objects end, unless it is the object itself; and every class has a constructor.
    if (!isOwn && (next === null || property === 'constructor')) return undefined
    if (Object.hasOwn(holder, property)) return (object as Record<string, unknown>)[property]
    holder = next
  }
  return undefined
}

function indexOf(name: string): number {
  const index = Number(name)
  return String(index) === name && Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 ? index : Infinity
}
