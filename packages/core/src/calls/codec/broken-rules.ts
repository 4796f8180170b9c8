import type { ValidationError } from 'class-validator'

import type { ObjectPlan, ValueType } from '../../contract/input-plan.js'
import { validate } from '../../validation/validate.js'

/**
 * What is wrong with a value by the rules of class-validator on its classes, at any depth: each complaint once.
 * @param value  of the type, without circles
 */
export async function brokenRules(type: ValueType, value: unknown): Promise<readonly string[]> {
  const found = await Promise.all(
    objectsIn(type, value).map((object) => validate(object, { forbidUnknownValues: false })),
  )
  // A nested object is found here and by what it is in.
  return [...new Set(found.flatMap((errors) => errors.flatMap(messagesOf)))]
}

function objectsIn(type: ValueType, value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return []
  if ('element' in type) {
    const items = [...(value instanceof Map ? value.values() : (value as Iterable<unknown>))]
    return items.flatMap((item) => objectsIn(type.element, item))
  }
  const plan = planOf(type, value)
  if (!plan) return []
  const values = value as Readonly<Record<string, unknown>>
  return [value, ...plan.fields.flatMap((field) => objectsIn(field.type, values[field.property]))]
}

function planOf(type: ValueType, value: object): ObjectPlan | undefined {
  if (type.kind === 'object') return type.plan()
  if (type.kind !== 'union') return undefined
  return [...type.variants.values()].map((plan) => plan()).find((plan) => value instanceof plan.type)
}

function messagesOf({ constraints = {}, children = [] }: ValidationError): readonly string[] {
  return [...Object.values(constraints), ...children.flatMap(messagesOf)]
}
