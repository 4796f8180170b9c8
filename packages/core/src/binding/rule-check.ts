import { describeType, isScalar, type CompositeType, type ValueType } from '../contract/value-type.js'
import { isObjectNeeded } from '../contract/required-field.js'
import { getProperty } from '../objects/set-property.js'
import { applies, evaluateRule, type BrokenRule, type RuleSubject } from '../validation/evaluate-rule.js'
import type { Rule } from '../validation/rules.js'
import type { Engine } from './compile-object.js'
import { evaluateEach } from './evaluate-each.js'
import type { Conversion, FieldFailure } from './conversion.js'
import { maxIssues } from './findings.js'
import { requiredIssue, ruleIssue, type Issue } from './issue.js'
import { placeAt, type Place } from './place.js'
import {
  hasOwnRules,
  plansOf,
  prepare,
  variantOf,
  type PreparedField,
  type PreparedObject,
  type RuleList,
} from './prepare.js'
import { brokenTypeRule } from './broken-type-rule.js'

/**
 * Which rules run. `open`: all, but of what emitted code has made only those that it does not ask. `all`: all, also below what
 * initialisers gave. `own`: those that emitted code does not ask.
 */
export type RuleChoice = 'open' | 'all' | 'own'

/** Above it the items of a list are worth emitted checks. */
const longList = 32

/** Runs rules on converted instances and words what is broken. */
export class RuleCheck {
  readonly #engine: Engine
  readonly #conversion: Conversion
  readonly #issues: Issue[]
  #pending: Promise<readonly Issue[]>[] | undefined
  /** What a rule stumbled over first. */
  #stumble: TypeError | undefined

  constructor(engine: Engine, conversion: Conversion, issues: Issue[]) {
    this.#engine = engine
    this.#conversion = conversion
    this.#issues = issues
  }

  /**
   * All issues, by field; those of asynchronous rules last. A promise only where a rule returned one.
   * @throws what a rule has thrown; a TypeError only where there is no issue
   */
  finish(): readonly Issue[] | Promise<readonly Issue[]> {
    if (!this.#pending) return this.#settled(this.#issues)
    return Promise.all(this.#pending).then((lists) => this.#settled(this.#issues.concat(...lists)))
  }

  #settled(issues: readonly Issue[]): readonly Issue[] {
    if (this.#stumble && issues.length === 0) throw this.#stumble
    return issues
  }

  /** @param parent  of the fields; of a request, each has the place of its source */
  checkObject(
    object: PreparedObject,
    target: object,
    parent: Place | ((field: PreparedField) => Place),
    choice: RuleChoice,
  ): void {
    const { fields } = object
    const asksOwnRules = hasOwnRules(object)
    const wrong = choice === 'open' ? this.#conversion.interpretedOf(target)?.wrong : undefined
    for (let index = 0; index < fields.length; index++) {
      if (this.#issues.length >= maxIssues) break
      const field = fields[index]!
      // Emitted code has checked the rest of a refused instance, but for what is late.
      const isRight = wrong !== undefined && !wrong.includes(index)
      if (isRight && !field.isLate && !asksOwnRules) continue
      const place = typeof parent === 'function' ? parent(field) : parent
      try {
        this.#checkField(field, target, place, isRight ? (field.isLate ? 'all' : 'own') : choice)
      } catch (error) {
        this.#forgive(error)
      }
    }
    const unknown = choice === 'own' ? undefined : this.#conversion.unknownOf(target)
    if (unknown) this.#issues.push(...unknown)
  }

  /**
   * What users write looks at other properties too, and may count on their being as they are declared: where they are not, a
   * TypeError is the client's fault.
   */
  #forgive(error: unknown): void {
    if (!(error instanceof TypeError)) throw error
    this.#stumble ??= error
  }

  #checkField(field: PreparedField, target: object, parent: Place, choice: RuleChoice): void {
    const failure = this.#conversion.failureOf(target, field.property)
    if (!failure && choice === 'own' && field.isScalar && field.own.rules.length === 0) return
    const value = failure ? failure.partial : getProperty(target, field.property)
    if (failure) this.#issues.push(...inWordsOfRule(failure, field, target, parent))
    else if (!this.#runRules(field, target, value, parent, choice)) return
    if (typeof value === 'object' && value !== null && !isScalar(field.type)) {
      this.#descend(field.type, value, parent, field.isWildcard ? undefined : field.name, choice)
    }
  }

  /**
   * False where there is nothing to descend into: the conditions of the field switch it off, it is absent, or it is a list of a
   * wrong length, on whose items no work is spent.
   */
  #runRules(field: PreparedField, target: object, value: unknown, parent: Place, choice: RuleChoice): boolean {
    if (field.conditions.length > 0 && !applies(field.conditions, target, value)) return false
    if (value === undefined) {
      this.#checkAbsent(field, choice === 'own' ? field.own : field.all, target, parent)
      return false
    }
    const list = choice === 'own' ? field.own : field.all
    return list.rules.length === 0 || this.#runList(list, field, target, value, parent)
  }

  #runList({ rules, lengths }: RuleList, field: PreparedField, target: object, value: unknown, parent: Place): boolean {
    const start = this.#issues.length
    const subject = { object: target, property: field.property, label: field.name }
    const isList = Array.isArray(value)
    if (isList) {
      for (const rule of lengths) {
        const outcome = evaluateRule(rule, subject, value)
        if (outcome && !(outcome instanceof Promise)) {
          this.#issues.push(ruleIssue(placeOf(field, parent), outcome, value))
          return false
        }
      }
    }
    for (const rule of rules) {
      if (isList && lengths.includes(rule)) continue
      const isLong = isList && value.length > longList && rule.each && this.#engine === 'compiled'
      const outcome = isLong ? evaluateEach(rule, subject, value) : evaluateRule(rule, subject, value)
      if (outcome instanceof Promise) {
        const place = placeOf(field, parent)
        this.#await(outcome.then((broken) => (broken ? [ruleIssue(place, broken, value)] : [])))
      } else if (outcome) this.#report(start, ruleIssue(placeOf(field, parent), outcome, value))
    }
    return true
  }

  /** class-validator reports rules of one name once, with the message of the last. */
  #report(start: number, issue: Issue): void {
    const same = this.#issues.findIndex((other, index) => index >= start && other.code === issue.code)
    if (same < 0) this.#issues.push(issue)
    else this.#issues[same] = issue
  }

  /** A missing value breaks most rules of its field; the client is told once. */
  #checkAbsent(field: PreparedField, { rules }: RuleList, target: object, parent: Place): void {
    const ask = (rule: Rule) => askAbsent(rule, { object: target, property: field.property, label: field.name })
    const early = rules.filter(({ isAsync }) => !isAsync).map(ask)
    const broken = early.filter(isBroken)
    if (broken.length > 0 || isObjectNeeded(field.plan)) {
      this.#issues.push(requiredIssue(placeOf(field, parent), field.type, broken))
      return
    }
    const outcomes = [...early, ...rules.filter(({ isAsync }) => isAsync).map(ask)]
    if (outcomes.every((outcome) => outcome === undefined)) return
    const place = placeOf(field, parent)
    this.#await(
      Promise.all(outcomes.map((outcome) => Promise.resolve(outcome))).then((settled) => {
        const found = settled.filter(isBroken)
        return found.length > 0 ? [requiredIssue(place, field.type, found)] : []
      }),
    )
  }

  #await(issues: Promise<readonly Issue[]>): void {
    const forgiven = issues.catch((error: unknown) => {
      this.#forgive(error)
      return []
    })
    // A rule that throws later must not leave this one as an unhandled rejection: `finish` awaits the original.
    forgiven.catch(() => undefined)
    ;(this.#pending ??= []).push(forgiven)
  }

  #descend(
    type: CompositeType,
    value: object,
    parent: Place,
    key: string | number | undefined,
    choice: RuleChoice,
  ): void {
    if ('element' in type && isScalar(type.element)) return
    const interpreted = choice === 'open' ? this.#conversion.interpretedOf(value) : undefined
    const inner = choice === 'open' && !interpreted ? (this.#conversion.isKept(value) ? 'all' : 'own') : choice
    const asksOwnRules = plansOf(type).some((plan) => hasOwnRules(prepare(plan)))
    if (inner === 'own' && !asksOwnRules) return
    const place = placeAt(parent, key)
    if ('element' in type) {
      // Without rules of users there is nothing to ask of the items that emitted code has made.
      if (asksOwnRules || !interpreted?.items) this.#descendItems(type.element, value, place, inner)
      else for (const [at, item] of interpreted.items) this.#descendItem(type.element, item, place, at, inner)
    } else {
      const object = interpreted?.object ?? preparedFor(type, value)
      if (object) this.checkObject(object, value, place, inner)
    }
  }

  #descendItems(element: ValueType, value: object, place: Place, choice: RuleChoice): void {
    if (isScalar(element)) return
    const descend = (item: unknown, key: string | number) => this.#descendItem(element, item, place, key, choice)
    if (value instanceof Map) (value as Map<string, unknown>).forEach(descend)
    else if (Array.isArray(value)) value.forEach(descend)
    else [...(value as Set<unknown>)].forEach(descend)
  }

  #descendItem(element: ValueType, item: unknown, place: Place, key: string | number, choice: RuleChoice): void {
    if (typeof item === 'object' && item !== null && !isScalar(element)) {
      this.#descend(element, item, place, key, choice)
    }
  }
}

type Outcome = ReturnType<typeof evaluateRule>

/** Of an absent value. Nobody may come to await a promise that it gives. */
function askAbsent(rule: Rule, subject: RuleSubject): Outcome {
  try {
    const outcome = evaluateRule(rule, subject, undefined)
    if (!(outcome instanceof Promise)) return outcome
    const promise = outcome.catch((error: unknown) => cannotDoWithout(rule, error))
    promise.catch(() => undefined)
    return promise
  } catch (error) {
    return cannotDoWithout(rule, error)
  }
}

/** A validator that reads a property of undefined cannot do without the value. Anything else is a fault of its own. */
function cannotDoWithout(rule: Rule, error: unknown): BrokenRule {
  if (!(error instanceof TypeError)) throw error
  return { rule, message: '' }
}

function isBroken(outcome: Outcome): outcome is BrokenRule {
  return outcome !== undefined && !(outcome instanceof Promise)
}

/** One issue instead of several where a rule of the DTO says what the type is, in that rule's words. */
function inWordsOfRule(
  { issues, raw }: FieldFailure,
  field: PreparedField,
  target: object,
  parent: Place,
): readonly Issue[] {
  // Null, out of range and a wrong discriminator already have the words that fit.
  if (!issues.some((issue) => issue.isShape)) return issues
  const broken = brokenTypeRule(field.plan, target, raw)
  return broken ? [{ ...ruleIssue(placeOf(field, parent), broken, raw), expected: describeType(field.type) }] : issues
}

function preparedFor(type: ValueType & { kind: 'object' | 'union' }, value: object): PreparedObject | undefined {
  const plan = type.kind === 'object' ? type.plan() : variantOf(type, value)
  return plan && prepare(plan)
}

function placeOf(field: PreparedField, parent: Place): Place {
  return placeAt(parent, field.isWildcard ? undefined : field.name)
}
