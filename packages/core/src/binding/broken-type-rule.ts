import type { FieldPlan } from '../contract/object-plan.js'
import { typeRules } from '../contract/type-rules.js'
import { evaluateRule, type BrokenRule } from '../validation/evaluate-rule.js'
import { rulesOf } from '../validation/rules.js'

/** The first rule of the field that says its type and does not hold for a value of the wrong type. */
export function brokenTypeRule(field: FieldPlan, target: object, raw: unknown): BrokenRule | undefined {
  const subject = { object: target, property: field.property, label: field.name }
  for (const rule of rulesOf(field)) {
    if (rule.kind !== 'custom' || rule.isAsync || !typeRules.has(rule.name)) continue
    try {
      const outcome = evaluateRule(rule, subject, raw)
      if (outcome instanceof Promise) outcome.catch(() => undefined)
      else if (outcome) return outcome
    } catch {
      // A rule of the user's own under a name of class-validator, which did not expect such a value: it has no say here.
    }
  }
  return undefined
}
