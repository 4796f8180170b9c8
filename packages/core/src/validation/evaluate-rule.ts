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

/** Whether the conditions (`@IsOptional`, `@ValidateIf`) let the other rules run. All are asked, as class-validator does. */
export function applies(rules: readonly Rule[], object: object, value: unknown): boolean {
  let result = true
  for (const rule of rules) {
    if (rule.kind !== 'conditional') continue
    const condition = rule.constraints![0] as (object: object, value: unknown) => unknown
    if (!condition(object, value)) result = false
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
  const args = ruleArguments(rule, subject, value)
  const judge = (isValid: unknown) => (isValid ? undefined : { rule, message: ruleMessage(rule, subject, value) })
  if (!rule.each || !(Array.isArray(value) || value instanceof Set || value instanceof Map)) {
    const verdict = rule.validate(value, args)
    return isPromise(verdict) ? Promise.resolve(verdict).then(judge) : judge(verdict)
  }
  const items: readonly unknown[] = value instanceof Map ? [...value.values()] : [...(value as Iterable<unknown>)]
  // Every item is asked even after one has failed: that is when class-validator's validators are called.
  const verdicts = items.map((item) => rule.validate(item, args))
  return verdicts.some(isPromise)
    ? Promise.all(verdicts).then((all) => judge(all.every(Boolean)))
    : judge(verdicts.every(Boolean))
}

/** The message of a broken rule, its tokens replaced. */
function ruleMessage(rule: Rule, subject: RuleSubject, value: unknown): string {
  const args = ruleArguments(rule, subject, value)
  return replaceTokens(rule.message || rule.defaultMessage(args), args, subject.label ?? subject.property)
}

function ruleArguments(rule: Rule, { object, property }: RuleSubject, value: unknown): RuleArguments {
  return { targetName: object.constructor?.name, property, object, value, constraints: rule.constraints }
}

function replaceTokens(
  message: string | ((args: RuleArguments) => string),
  args: RuleArguments,
  label: string,
): string {
  let text = message instanceof Function ? message(args) : message
  // A message function that gives nothing leaves the client without words, but not the server without an answer.
  if (typeof text !== 'string' || text === '') return ''
  for (const [index, constraint] of (args.constraints ?? []).entries()) {
    // class-validator passes the value as a replacement pattern, in which `$` is special; `() =>` takes it as it is.
    text = text.replace(new RegExp(`\\$constraint${index + 1}`, 'g'), () => constraintText(constraint))
  }
  const { value } = args
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    text = text.replace(/\$value/g, () => String(value))
  }
  return text.replace(/\$property/g, () => label).replace(/\$target/g, () => String(args.targetName))
}

function constraintText(constraint: unknown): string {
  if (Array.isArray(constraint)) return constraint.join(', ')
  return typeof constraint === 'symbol' ? String(constraint.description) : String(constraint)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
