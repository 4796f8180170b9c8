import type { Class } from '../decorators/metadata.js'
import type { FieldReading } from './class-reading.js'
import type { FieldPlan, ObjectPlan } from './object-plan.js'

/**
 * How an instance keeps a property: in a slot that its constructor made, behind a getter or setter, or not until something is
 * assigned.
 */
export type PropertyStorage = 'slot' | 'accessor' | 'none'

/** @param sample  an instance that nothing has filled */
export function storageOf(sample: object, property: string): PropertyStorage {
  for (let at: object | null = sample; at && at !== Object.prototype; at = Reflect.getPrototypeOf(at)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(at, property)
    if (!descriptor) continue
    if (descriptor.get || descriptor.set) return 'accessor'
    // Messages read `constructor`: it gives them the name of the class.
    return at === sample && descriptor.writable && property !== 'constructor' ? 'slot' : 'none'
  }
  return 'none'
}

/** The plan of a class that some of its fields are filled or written by. */
export function toObjectPlan(type: Class, fields: readonly FieldReading[]): ObjectPlan {
  return {
    type,
    fields: fields.map(({ plan }): FieldPlan => plan),
    hasAccessors: fields.some(({ storage }) => storage === 'accessor'),
    hasFixedShape: fields.every(({ storage }) => storage === 'slot'),
  }
}
