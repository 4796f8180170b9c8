import { isScalar, type CompositeType } from '../contract/value-type.js'
import { isObjectNeeded } from '../contract/required-field.js'
import { getProperty } from '../objects/set-property.js'
import { applies, evaluateRule } from '../validation/evaluate-rule.js'
import type { Rule } from '../validation/rules.js'
import { prepare, variantOf, type PreparedField } from './prepare.js'

/**
 * Whether the built-in rules hold for what a property has at present, which the input did not give: an initialiser's value or
 * undefined, and all that is nested in it. Users' rules are not asked.
 */
export function propertyHolds(field: PreparedField, target: object): boolean {
  const value = getProperty(target, field.property)
  if (!applies(field.conditions, target, value)) return true
  if (!rulesHold(field, target, value)) return false
  if (value === undefined) return !isObjectNeeded(field.plan)
  return typeof value !== 'object' || value === null || isScalar(field.type) || nestedHolds(field.type, value)
}

/** Whether all built-in rules hold for a value. */
export function rulesHold({ builtIn, property }: PreparedField, object: object, value: unknown): boolean {
  return builtIn.rules.every((rule) => ruleHolds(rule, object, property, value))
}

/** Whether one does; an answer that is still awaited is none. */
export function ruleHolds(rule: Rule, object: object, property: string, value: unknown): boolean {
  try {
    return evaluateRule(rule, { object, property }, value) === undefined
  } catch {
    // The interpreter meets it again, and decides what it means.
    return false
  }
}

function nestedHolds(type: CompositeType, value: object): boolean {
  switch (type.kind) {
    case 'array':
    case 'set':
    case 'map': {
      const { element } = type
      if (isScalar(element)) return true
      const items = value instanceof Map ? (value as Map<string, unknown>).values() : (value as Iterable<unknown>)
      for (const item of items) {
        if (typeof item === 'object' && item !== null && !nestedHolds(element, item)) return false
      }
      return true
    }
    case 'object':
      return prepare(type.plan()).fields.every((field) => propertyHolds(field, value))
    case 'union': {
      const plan = variantOf(type, value)
      return !plan || prepare(plan).fields.every((field) => propertyHolds(field, value))
    }
  }
}
