import { Program } from '../codegen/program.js'
import { isEmittable } from '../validation/emit-rule.js'
import { evaluateRule, type BrokenRule, type RuleSubject } from '../validation/evaluate-rule.js'
import type { Rule } from '../validation/rules.js'
import { emitItemCheck } from './emit/emit-check.js'

type ItemCheck = (item: unknown) => boolean

const checks = new WeakMap<Rule, ItemCheck>()

/**
 * Runs a rule on each item of a long list. A built-in rule is asked itself about the items only that an emitted check does not
 * accept: on ten thousand texts of which the last is wrong, `contains` would take ten times as long, and `isIn` with hundreds of values
 * three times.
 */
export function evaluateEach(
  rule: Rule,
  subject: RuleSubject,
  items: readonly unknown[],
): BrokenRule | undefined | Promise<BrokenRule | undefined> {
  if (!isEmittable(rule)) return evaluateRule(rule, subject, items)
  if (rule.validateIf && !rule.validateIf(subject.object, items)) return undefined
  const check = itemCheck(rule)
  const ofItem: Rule = { ...rule, each: false, validateIf: undefined }
  const holds = (item: unknown) => check(item) || evaluateRule(ofItem, subject, item) === undefined
  return items.every(holds) ? undefined : evaluateRule({ ...ofItem, validate: () => false }, subject, items)
}

function itemCheck(rule: Rule): ItemCheck {
  let check = checks.get(rule)
  if (!check) {
    const program = new Program()
    check = program.compile<ItemCheck>(emitItemCheck(rule, program))
    checks.set(rule, check)
  }
  return check
}
