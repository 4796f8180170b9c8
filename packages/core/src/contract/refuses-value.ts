import type { Rule } from '../validation/rules.js'

/**
 * Whether a rule refuses a value whatever else a request holds. Rules of users are not asked: they may look at other fields, or reach
 * for what does not exist yet at boot.
 * @param rules  all of the field: with a condition among them the rule may not be asked at all
 */
export function refusesValue(rule: Rule, rules: readonly Rule[], value: unknown): boolean {
  const { kind, isBuiltIn, isAsync, validateIf, property, constraints } = rule
  if (kind !== 'custom' || !isBuiltIn || isAsync || validateIf) return false
  if (rules.some((other) => other.kind === 'conditional')) return false
  return !rule.validate(value, { targetName: undefined, property, object: {}, value, constraints })
}
