import type { FieldPlan, ObjectPlan } from './object-plan.js'
import type { ValueType } from './value-type.js'

/**
 * Freezes what the contract itself made. Defaults, examples and the arguments of rules belong to the user's code, which may change
 * them.
 */
export function freezePlan<P extends ObjectPlan>(plan: P): P {
  freezeFields(plan.fields)
  return Object.freeze(plan)
}

export function freezeFields(fields: readonly FieldPlan[]): void {
  for (const field of fields) freezeField(field)
  Object.freeze(fields)
}

function freezeField(field: FieldPlan): void {
  freezeType(field.type)
  for (const rule of field.rules) Object.freeze(rule)
  Object.freeze(field.rules)
  Object.freeze(field.transforms)
  Object.freeze(field.notes.examples)
  Object.freeze(field.notes)
  Object.freeze(field)
}

/** Nested plans are frozen where they are read. */
export function freezeType<T extends ValueType>(type: T): T {
  if ('element' in type) freezeType(type.element)
  if (type.kind === 'enum') Object.freeze(type.values)
  return Object.freeze(type)
}
