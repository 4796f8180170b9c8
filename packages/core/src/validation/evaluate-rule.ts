import { isThenable } from '../promises/is-thenable.js'
import { ruleMessage } from './rule-message.js'
import type { Rule, RuleArguments } from './rules.js'

/** What a rule is run against. */
export interface RuleSubject {
  readonly object: object
  readonly property: string
  /** What `$property` becomes in messages. Default: the property. */
  readonly label?: string
}

export interface BrokenRule {
  readonly rule: Rule
  readonly message: string
}

/** A verdict that is still awaited. */
interface LateVerdict {
  readonly answer: PromiseLike<unknown>
  readonly holds: (answer: unknown) => boolean
}

/** Whether the conditions (`@IsOptional`, `@ValidateIf`) let the other rules run. All are asked, as class-validator does. */
export function applies(rules: readonly Rule[], object: object, value: unknown): boolean {
  let result = true
  for (const rule of rules) {
    if (rule.kind !== 'conditional') continue
    const conditions = rule.constraints as readonly ((object: object, value: unknown) => unknown)[]
    if (!conditions[0]!(object, value)) result = false
  }
  return result
}

/** Runs one custom rule: undefined when it holds, a promise only when the validator returned one. */
export function evaluateRule(
  rule: Rule,
  subject: RuleSubject,
  value: unknown,
): BrokenRule | undefined | Promise<BrokenRule | undefined> {
  if (rule.validateIf && !rule.validateIf(subject.object, value)) return undefined
  const args = ruleArguments(rule, subject.object, value)
  const verdict = askRule(rule, rule.validate, value, args)
  const judge = (holds: boolean) =>
    holds ? undefined : { rule, message: ruleMessage(rule, args, subject.label ?? subject.property) }
  if (typeof verdict === 'boolean') return judge(verdict)
  return Promise.resolve(verdict.answer).then((answer) => judge(verdict.holds(answer)))
}

/** Puts the question to the validator, or once for each item: every item is asked even after one has failed. */
export function askRule(
  rule: Rule,
  validate: Rule['validate'],
  value: unknown,
  args: RuleArguments,
): boolean | LateVerdict {
  if (!rule.each || !(Array.isArray(value) || value instanceof Set || value instanceof Map)) {
    const answer = validate(value, args)
    return isThenable(answer) ? { answer, holds: Boolean } : Boolean(answer)
  }
  // Holes of an array are no items: `map` and `every` leave them out, as class-validator does.
  const items: readonly unknown[] = Array.isArray(value) ? value : Array.from(value.values())
  let isLate = false
  const answers = items.map((item) => {
    const answer = validate(item, args)
    if (!isThenable(answer)) return answer
    isLate = true
    const promise = Promise.resolve(answer)
    // The validator may throw for the next item, and nobody awaits this one then.
    promise.catch(() => undefined)
    return promise
  })
  if (!isLate) return answers.every(Boolean)
  return { answer: Promise.all(answers), holds: (settled) => (settled as readonly unknown[]).every(Boolean) }
}

/** What a validator and a message function are given. */
export function ruleArguments(rule: Rule, object: object, value: unknown): RuleArguments {
  return {
    targetName: object.constructor?.name,
    property: rule.property,
    object,
    value,
    constraints: rule.constraints,
  }
}
