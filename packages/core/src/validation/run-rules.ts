import type { Class } from '../decorators/metadata.js'
import { readRules, type Rule, type RuleArguments, type RuleSelection } from './rules.js'

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

/** One broken rule of an object graph. */
export interface RuleFailure {
  /** Properties and indices from the root. */
  readonly path: readonly string[]
  readonly value: unknown
  readonly code: string
  readonly message: string
  readonly context: unknown
}

/**
 * Checks an instance as class-validator's `validate` does, unknown values forbidden, and lists what is broken. Gives a promise
 * only when a rule returned one. A validator that throws makes this throw.
 */
export function runRules(
  object: object,
  selection?: RuleSelection,
): readonly RuleFailure[] | Promise<readonly RuleFailure[]> {
  const run = new Run(selection)
  run.object(object, [])
  return run.pending.length > 0 ? run.settle() : run.failures()
}

/** What one property got: class-validator's ValidationError, flat. Broken rules of one name replace each other, as there. */
interface Check {
  readonly path: readonly string[]
  readonly value: unknown
  readonly broken: Map<string, { readonly message: string; readonly context: unknown }>
}

class Run {
  readonly pending: Promise<void>[] = []
  readonly #checks: Check[] = []
  readonly #selection: RuleSelection | undefined

  constructor(selection: RuleSelection | undefined) {
    this.#selection = selection
  }

  object(object: object, path: readonly string[]): void {
    const type = (object as { constructor?: unknown }).constructor
    const byProperty = typeof type === 'function' ? readRules(type as Class, this.#selection) : undefined
    if (!byProperty || byProperty.size === 0) {
      const message = 'an unknown value was passed to the validate function'
      this.#checks.push({
        path,
        value: undefined,
        broken: new Map([['unknownValue', { message, context: undefined }]]),
      })
      return
    }
    for (const [property, rules] of byProperty) {
      const value = (object as Record<string, unknown>)[property]
      if (value instanceof Promise && rules.some((rule) => rule.kind === 'promise')) {
        this.pending.push(value.then((resolved) => this.#property(object, property, rules, resolved, path)))
      } else this.#property(object, property, rules, value, path)
    }
  }

  #property(object: object, property: string, rules: readonly Rule[], value: unknown, parent: readonly string[]): void {
    const check: Check = { path: [...parent, property], value, broken: new Map() }
    this.#checks.push(check)
    if (!applies(rules, object, value)) return
    for (const rule of rules) {
      if (rule.kind !== 'custom') continue
      const outcome = evaluateRule(rule, { object, property }, value)
      if (outcome instanceof Promise) this.pending.push(outcome.then((broken) => this.#report(check, broken)))
      else this.#report(check, outcome)
    }
    this.#nested(rules, value, check)
  }

  #nested(rules: readonly Rule[], value: unknown, check: Check): void {
    if (value === undefined) return
    const nested = rules.filter(({ kind }) => kind === 'nested')
    for (const rule of nested) {
      if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
        const entries = value instanceof Map ? value.entries() : [...(value as Iterable<unknown>)].entries()
        for (const [key, item] of entries) this.#property(value, String(key), nested, item, check.path)
      } else if (value instanceof Object) this.object(value, check.path)
      else this.#report(check, { rule, message: nestedMessage(rule, value) })
    }
  }

  #report(check: Check, broken: BrokenRule | undefined): void {
    if (broken) check.broken.set(broken.rule.name, { message: broken.message, context: broken.rule.context })
  }

  async settle(): Promise<readonly RuleFailure[]> {
    // A resolved promise of the object may bring further rules, and these further promises.
    for (let done = 0; done < this.pending.length;) {
      const batch = this.pending.slice(done)
      done += batch.length
      await Promise.all(batch)
    }
    return this.failures()
  }

  failures(): readonly RuleFailure[] {
    return this.#checks.flatMap(({ path, value, broken }) =>
      [...broken].map(([code, { message, context }]) => ({ path, value, code, message, context })),
    )
  }
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
export function ruleMessage(rule: Rule, subject: RuleSubject, value: unknown): string {
  const args = ruleArguments(rule, subject, value)
  return replaceTokens(rule.message || rule.defaultMessage(args), args, subject.label ?? subject.property)
}

function ruleArguments(rule: Rule, { object, property }: RuleSubject, value: unknown): RuleArguments {
  return { targetName: object.constructor?.name, property, object, value, constraints: rule.constraints }
}

/** class-validator names the class's constructor here instead of the class. */
function nestedMessage(rule: Rule, value: unknown): string {
  return ruleMessage(rule, { object: Function, property: rule.property }, value)
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
