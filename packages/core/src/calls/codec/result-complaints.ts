import type { ValidationError } from 'class-validator'

import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import { printType, type ValueType } from '../../contract/value-type.js'
import { validate } from '../../validation/validate.js'

/**
 * What is wrong with a value by the contracts of its classes, at any depth: rules of class-validator that it breaks, required fields
 * that it does not have, and elements that are null; each complaint once. Nothing in the place of the whole value is wrong, too.
 * @param value  of the type, without circles
 */
export async function resultComplaints(type: ValueType, value: unknown): Promise<readonly string[]> {
  if (isAbsent(type, value)) return [`it is ${value === null ? 'null' : 'empty'}, and declared as ${printType(type)}`]
  const absences: string[] = []
  const found = await Promise.all(objectsIn(type, value, absences).map(complaintsAbout))
  // A nested object is found here and by what it is in.
  return [...new Set([...absences, ...found.flat()])]
}

/** An object, and what its class says of it. */
interface Planned {
  readonly values: Readonly<Record<string, unknown>>
  readonly plan: ObjectPlan
}

/** @param absences  gets a complaint about each list with nulls */
function objectsIn(type: ValueType, value: unknown, absences: string[]): readonly Planned[] {
  if (typeof value !== 'object' || value === null) return []
  if ('element' in type) {
    const items = [...(value instanceof Map ? value.values() : (value as Iterable<unknown>))]
    if (items.some((item) => isAbsent(type.element, item))) absences.push(`an element of ${printType(type)} is null`)
    return items.flatMap((item) => objectsIn(type.element, item, absences))
  }
  const plan = planOf(type, value)
  if (!plan) return []
  const values = value as Readonly<Record<string, unknown>>
  return [{ values, plan }, ...plan.fields.flatMap((field) => objectsIn(field.type, values[field.property], absences))]
}

/** Where there has to be a value: a whole result, or an element of one. */
function isAbsent(type: ValueType, value: unknown): boolean {
  return (value === undefined || value === null) && type.kind !== 'any'
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
