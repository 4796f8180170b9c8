import { constraintText } from './error-message.js'
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
  const verdict = askRule(rule, rule.validate, value, ruleArguments(rule, subject.object, value))
  const judge = (holds: boolean) => (holds ? undefined : { rule, message: ruleMessage(rule, subject, value) })
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
    return isPromise(answer) ? { answer, holds: Boolean } : Boolean(answer)
  }
  // Holes of an array are no items: `map` and `every` leave them out, as class-validator does.
  const items: readonly unknown[] = Array.isArray(value) ? value : Array.from(value.values())
  const answers = items.map((item) => validate(item, args))
  if (!answers.some(isPromise)) return answers.every(Boolean)
  const late = answers.map((answer) => (isPromise(answer) ? answer : Promise.resolve(answer)))
  return { answer: Promise.all(late), holds: (settled) => (settled as readonly unknown[]).every(Boolean) }
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

/** The message of a broken rule, its tokens replaced. */
function ruleMessage(rule: Rule, subject: RuleSubject, value: unknown): string {
  const args = ruleArguments(rule, subject.object, value)
  return replaceTokens(rule.message || rule.defaultMessage(args), args, subject.label ?? subject.property)
}

function replaceTokens(
  message: string | ((args: RuleArguments) => string),
  args: RuleArguments,
  label: string,
): string {
  let text = message instanceof Function ? message(args) : message
  // A message function that gives nothing leaves the client without words, but not the server without an answer.
  if (typeof text !== 'string' || text === '') return ''
  const { constraints = [], value } = args
  for (let index = 0; index < constraints.length; index++) {
    text = replaceAll(text, `$constraint${index + 1}`, () => constraintText(constraints[index]))
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    text = replaceAll(text, '$value', () => String(value))
  }
  text = replaceAll(text, '$property', () => label)
  return replaceAll(text, '$target', () => String(args.targetName))
}

/**
 * By hand: a pattern made for each message costs more than all else about it. class-validator passes values as replacement patterns,
 * in which `$` is special; here they stand as they are.
 */
function replaceAll(text: string, token: string, part: () => string): string {
  let at = text.indexOf(token)
  if (at < 0) return text
  const inserted = part()
  let result = ''
  let start = 0
  for (; at >= 0; at = text.indexOf(token, start)) {
    result += text.slice(start, at) + inserted
    start = at + token.length
  }
  return result + text.slice(start)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
