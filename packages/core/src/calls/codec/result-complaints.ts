import type { ValidationError } from 'class-validator'

import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import type { ValueType } from '../../contract/value-type.js'
import { validate } from '../../validation/validate.js'

/**
 * What is wrong with a value by the contracts of its classes, at any depth: rules of class-validator that it breaks, and required fields
 * that it does not have; each complaint once.
 * @param value  of the type, without circles
 */
export async function resultComplaints(type: ValueType, value: unknown): Promise<readonly string[]> {
  const found = await Promise.all(objectsIn(type, value).map(complaintsAbout))
  // A nested object is found here and by what it is in.
  return [...new Set(found.flat())]
}

/** An object, and what its class says of it. */
interface Planned {
  readonly values: Readonly<Record<string, unknown>>
  readonly plan: ObjectPlan
}

function objectsIn(type: ValueType, value: unknown): readonly Planned[] {
  if (typeof value !== 'object' || value === null) return []
  if ('element' in type) {
    const items = [...(value instanceof Map ? value.values() : (value as Iterable<unknown>))]
    return items.flatMap((item) => objectsIn(type.element, item))
  }
  const plan = planOf(type, value)
  if (!plan) return []
  const values = value as Readonly<Record<string, unknown>>
  return [{ values, plan }, ...plan.fields.flatMap((field) => objectsIn(field.type, values[field.property]))]
}

async function complaintsAbout({ values, plan }: Planned): Promise<readonly string[]> {
  const errors = await validate(values, { forbidUnknownValues: false })
  const told = new Set(errors.map(({ property }) => property))
  // class-validator asks nothing of a nested object that is not there.
  const lacking = plan.fields.filter((field) => !told.has(field.property) && isLacking(field, values[field.property]))
  const absences = lacking.map(
    ({ property }) => `${plan.type.name}.${property} is ${values[property] === null ? 'null' : 'missing'}`,
  )
  return [...errors.flatMap(messagesOf), ...absences]
}

function isLacking({ isRequired, nullable }: FieldPlan, value: unknown): boolean {
  return isRequired && (value === undefined || (value === null && !nullable))
}

function planOf(type: ValueType, value: object): ObjectPlan | undefined {
  if (type.kind === 'object') return type.plan()
  if (type.kind !== 'union') return undefined
  return [...type.variants.values()].map((plan) => plan()).find((plan) => value instanceof plan.type)
}

function messagesOf({ constraints = {}, children = [] }: ValidationError): readonly string[] {
  return [...Object.values(constraints), ...children.flatMap(messagesOf)]
}
