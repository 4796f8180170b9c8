import type { Rule } from '../validation/rules.js'
import type { FieldPlan, ObjectPlan } from './input-plan.js'

/** Whether a field that is absent is always a mistake: see `isRequired` of {@link FieldPlan}. `rules` are those that the class declares. */
export function isRequired(field: Omit<FieldPlan, 'isRequired'>, rules: readonly Rule[]): boolean {
  if (field.defaultValue !== undefined || rules.some(({ kind }) => kind === 'conditional')) return false
  return isObjectNeeded(field) || rules.some(refusesAbsence)
}

/** class-validator asks nothing of a nested object that is absent; a handler would meet undefined where it declared a class. */
export function isObjectNeeded({ rules, type, nullable }: Pick<FieldPlan, 'rules' | 'type' | 'nullable'>): boolean {
  if (nullable) return false
  if (rules.some(({ kind }) => kind === 'nested')) return true
  if (type.kind === 'object') return hasRules(type.plan())
  return type.kind === 'union' && [...type.variants.values()].some((plan) => hasRules(plan()))
}

function hasRules(plan: ObjectPlan): boolean {
  return plan.fields.some(({ rules }) => rules.length > 0)
}

/** Rules of users are not asked: they may look at other fields, or reach for what does not exist yet at boot. */
function refusesAbsence(rule: Rule): boolean {
  if (rule.kind !== 'custom' || !rule.isBuiltIn || rule.isAsync || rule.validateIf) return false
  const { property, constraints } = rule
  return !rule.validate(undefined, { targetName: undefined, property, object: {}, value: undefined, constraints })
}
