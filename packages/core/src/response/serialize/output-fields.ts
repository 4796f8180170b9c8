import type { ObjectPlan, Transform, ValueType } from '../../contract/input-plan.js'

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
}

const known = new WeakMap<ObjectPlan, readonly OutputField[]>()

/** The fields of a class in the order in which an object would list them: whole numbers first, each name once. */
export function outputFields(plan: ObjectPlan): readonly OutputField[] {
  let fields = known.get(plan)
  if (!fields) {
    const byName = new Map(plan.fields.map((field) => [field.name, field]))
    fields = [...byName.values()]
      .map(({ name, property, type, transforms }) => ({
        name,
        property,
        type,
        transforms,
        label: `${plan.type.name}.${property}`,
        isShadowed: property in Object.prototype,
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
export function readField(object: object, { property, isShadowed, transforms }: OutputField): unknown {
  const value = isShadowed ? readShadowed(object, property) : (object as Record<string, unknown>)[property]
  return transforms.length === 0 ? value : transform(value, property, object, transforms)
}

/** class-transformer's number for the direction from an instance to plain data. */
const classToPlain = 1

/** Hands the value through `@Transform` functions, with the parameters that class-transformer gives them. */
export function transform(value: unknown, key: string, obj: object, transforms: readonly Transform[]): unknown {
  for (const apply of transforms) value = apply({ value, key, obj, type: classToPlain, options: {} })
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

/** Sets a property, whatever its name. */
export function put(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  } else target[name] = value
}

function indexOf(name: string): number {
  const index = Number(name)
  return String(index) === name && Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 ? index : Infinity
}
