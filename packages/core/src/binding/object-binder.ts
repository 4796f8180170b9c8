import type { FieldPlan, InputField, ObjectPlan, ValueType } from '../contract/input-plan.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { applies, evaluateRule, type BrokenRule } from '../validation/evaluate-rule.js'
import type { Rule } from '../validation/rules.js'
import { nullIssue, refusalIssue, requiredIssue, ruleIssue, typeIssue, type Issue } from './issue.js'
import type { Place } from './place.js'
import { convertScalar, describeType, invalid, isRefusal, isScalar, type ScalarType, type TextMode } from './scalar.js'
import { brokenTypeRule } from './type-rules.js'

/** No more are looked for: a body of a million wrong items must not make an answer of a million errors. */
export const maxIssues = 100
/** Comparing names costs the product of their lengths, and clients choose theirs. */
const maxComparedLength = 64

/** How raw values are read. */
export interface BindMode {
  readonly text: TextMode
  /** Names with brackets and repeated keys instead of JSON: one value stands for an array of one. */
  readonly isForm: boolean
  readonly unknown: 'drop' | 'reject'
}

/** Kept apart until the rules run, so that issues come in the order of the fields. */
interface FieldFailure {
  readonly issues: readonly Issue[]
  /** What could be converted; its nested objects are still checked. */
  readonly partial: unknown
}

/**
 * Fills instances from raw values by their plans, first all types, then all rules: no rule sees a value, or a property beside
 * it, of the wrong type. One instance serves one input. Requests and configuration use the same one.
 */
export class ObjectBinder {
  readonly #issues: Issue[] = []
  #failures: Map<object, Map<string, FieldFailure>> | undefined
  #unknown: Map<object, Issue[]> | undefined
  #failureCount = 0
  #pending: Promise<readonly Issue[]>[] | undefined

  /** Converts one value, which must not be undefined, and sets the property unless its type is wrong. */
  fill(target: object, field: FieldPlan, raw: unknown, parent: Place, mode: BindMode): void {
    const { property, type } = field
    if (raw === null && !field.nullable) {
      this.#remember(target, property, [nullIssue(placeOf(field, parent), type)], undefined)
      return
    }
    const scalar = raw === null ? null : isScalar(type) ? convertScalar(type, raw, mode.text) : invalid
    if (!isRefusal(scalar)) {
      setProperty(target, property, scalar)
      return
    }
    const place = placeOf(field, parent)
    const issues: Issue[] = []
    const before = this.#failureCount
    const value = this.#convert(type, raw, place, mode, issues)
    if (issues.length === 0 && this.#failureCount === before) setProperty(target, property, value)
    else
      this.#remember(
        target,
        property,
        refine(issues, field, target, isListInForm(type, mode) ? toItems(raw) : raw, place),
        value,
      )
  }

  /** Makes an instance of the plan's class from a JSON object or alike; undefined with an issue when it is none. */
  object(plan: ObjectPlan, raw: unknown, place: Place, mode: BindMode): object | undefined {
    return this.#object(plan, raw, place, mode, this.#issues)
  }

  /** Runs the rules of one field and of what is nested in it. Types must have been converted. */
  checkField(field: FieldPlan, target: object, parent: Place): void {
    if (this.#issues.length >= maxIssues) return
    const failure = this.#failures?.get(target)?.get(field.property)
    const value = failure ? failure.partial : getProperty(target, field.property)
    if (failure) this.#issues.push(...failure.issues)
    else if (!this.#runRules(field, target, value, parent)) return
    if (typeof value === 'object' && value !== null && !isScalar(field.type)) {
      this.#descend(field.type, value, placeOf(field, parent))
    }
  }

  checkObject(plan: ObjectPlan, target: object, place: Place): void {
    for (const field of plan.fields) this.checkField(field, target, place)
    this.reportUnknown(target)
  }

  reportUnknown(target: object): void {
    const unknown = this.#unknown?.get(target)
    if (unknown) this.#issues.push(...unknown)
  }

  /** Keeps for the report, behind the fields, keys that are not among the known names. */
  rejectUnknown(names: ReadonlySet<string>, target: object, raw: object, place: Place): void {
    for (const key of Object.keys(raw)) {
      if (names.has(key)) continue
      if (++this.#failureCount > maxIssues) return
      const at = place.child(key)
      const candidates = [...names]
      const hint = key.length > maxComparedLength ? '' : didYouMean(key, candidates)
      const message = `${at.label()} is not a known field.${hint}`
      this.#unknown ??= new Map()
      const issues = this.#unknown.get(target) ?? []
      issues.push({ place: at, code: 'unknown', message, value: (raw as Record<string, unknown>)[key], candidates })
      this.#unknown.set(target, issues)
    }
  }

  /** All issues, by field; those of asynchronous rules last. A promise only where a rule returned one. */
  finish(): readonly Issue[] | Promise<readonly Issue[]> {
    if (!this.#pending) return this.#issues
    return Promise.all(this.#pending).then((lists) => this.#issues.concat(...lists))
  }

  #convert(type: ValueType, raw: unknown, place: Place, mode: BindMode, issues: Issue[]): unknown {
    if (isScalar(type)) {
      const value = convertScalar(type, raw, mode.text)
      if (!isRefusal(value)) return value
      issues.push(refusalIssue(value, place, type, raw))
      return undefined
    }
    switch (type.kind) {
      case 'array':
      case 'set': {
        const items = mode.isForm ? toItems(raw) : raw
        if (!Array.isArray(items)) break
        const values = this.#items(type.element, items, place, mode, issues)
        return type.kind === 'set' ? new Set(values) : values
      }
      case 'map': {
        const record = mode.isForm && Array.isArray(raw) ? Object.fromEntries(raw.entries()) : raw
        if (!isRecord(record)) break
        const keys = Object.keys(record)
        const values = this.#items(type.element, Object.values(record), place, mode, issues, keys)
        return new Map(keys.map((key, index) => [key, values[index]]))
      }
      case 'object':
        return this.#object(type.plan(), raw, place, mode, issues)
      case 'union':
        return this.#variant(type, raw, place, mode, issues)
    }
    issues.push(typeIssue(place, type, raw))
    return undefined
  }

  #items(
    element: ValueType,
    items: readonly unknown[],
    place: Place,
    mode: BindMode,
    issues: Issue[],
    keys?: readonly string[],
  ) {
    const values: unknown[] = []
    for (let index = 0; index < items.length; index++) {
      const item = items[index]
      const at = place.child(keys ? keys[index]! : index)
      if (item === null && element.kind !== 'any') issues.push(nullIssue(at, element))
      else values.push(this.#convert(element, item, at, mode, issues))
      // A field with a wrong item is wrong once, however many there are; objects are told apart by their index.
      if (issues.length > 0 && isScalar(element)) break
      if (issues.length >= maxIssues || this.#failureCount >= maxIssues) break
    }
    return values
  }

  #object(
    plan: ObjectPlan,
    raw: unknown,
    place: Place,
    mode: BindMode,
    issues: Issue[],
    alsoKnown?: string,
  ): object | undefined {
    if (!isRecord(raw)) {
      issues.push(
        raw === null
          ? nullIssue(place, { kind: 'object', plan: () => plan })
          : typeIssue(place, { kind: 'object', plan: () => plan }, raw),
      )
      return undefined
    }
    const target = new plan.type() as object
    for (const field of plan.fields) {
      // Inherited names such as `constructor` are no input.
      const value = Object.hasOwn(raw, field.name) ? raw[field.name] : undefined
      if (value !== undefined) this.fill(target, field, value, place, mode)
    }
    if (mode.unknown === 'reject') {
      const names = new Set(plan.fields.map(({ name }) => name))
      if (alsoKnown !== undefined) names.add(alsoKnown)
      this.rejectUnknown(names, target, raw, place)
    }
    return target
  }

  #variant(
    type: ValueType & { kind: 'union' },
    raw: unknown,
    place: Place,
    mode: BindMode,
    issues: Issue[],
  ): object | undefined {
    const { discriminator, variants } = type
    if (!isRecord(raw)) {
      issues.push(typeIssue(place, type, raw))
      return undefined
    }
    const name = Object.hasOwn(raw, discriminator) ? raw[discriminator] : undefined
    const plan = typeof name === 'string' ? variants.get(name) : undefined
    if (plan) return this.#object(plan(), raw, place, mode, issues, discriminator)
    const at = place.child(discriminator)
    const expected = `one of ${[...variants.keys()].join(', ')}`
    const missing = name === undefined
    const message = missing ? `${at.label()} is required: ${expected}` : `${at.label()} must be ${expected}`
    issues.push({ place: at, code: missing ? 'required' : 'type', message, value: name, expected })
    return undefined
  }

  #remember(target: object, property: string, issues: readonly Issue[], partial: unknown): void {
    this.#failureCount++
    this.#failures ??= new Map()
    const ofTarget = this.#failures.get(target) ?? new Map<string, FieldFailure>()
    ofTarget.set(property, { issues, partial })
    this.#failures.set(target, ofTarget)
  }

  /**
   * False where there is nothing to descend into: the conditions of the field switch it off, it is absent, or it is a list of a
   * wrong length, on whose items no work is spent.
   */
  #runRules(field: FieldPlan, target: object, value: unknown, parent: Place): boolean {
    const { rules, property, name } = field
    if (rules.length > 0 && !applies(rules, target, value)) return false
    if (value === undefined) {
      this.#checkAbsent(field, target, parent)
      return false
    }
    const start = this.#issues.length
    const subject = { object: target, property, label: name }
    if (Array.isArray(value)) {
      for (const rule of rules) {
        const outcome = isLengthRule(rule) ? evaluateRule(rule, subject, value) : undefined
        if (outcome && !(outcome instanceof Promise)) {
          this.#issues.push(ruleIssue(placeOf(field, parent), outcome, value))
          return false
        }
      }
    }
    for (const rule of rules) {
      if (rule.kind !== 'custom' || (isLengthRule(rule) && Array.isArray(value))) continue
      const outcome = evaluateRule(rule, subject, value)
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
  #checkAbsent(field: FieldPlan, target: object, parent: Place): void {
    const subject = { object: target, property: field.property, label: field.name }
    const broken: BrokenRule[] = []
    const pending: Promise<BrokenRule | undefined>[] = []
    const rules = field.rules.filter((rule) => rule.kind === 'custom')
    for (const rule of rules) {
      if (rule.isAsync) continue
      try {
        const outcome = evaluateRule(rule, subject, undefined)
        if (outcome instanceof Promise) pending.push(outcome)
        else if (outcome) broken.push(outcome)
      } catch (error) {
        // A validator that reads a property of undefined cannot do without the value. Anything else is a fault of its own.
        if (!(error instanceof TypeError)) throw error
        broken.push({ rule, message: '' })
      }
    }
    if (broken.length > 0 || isObjectNeeded(field)) {
      for (const outcome of pending) outcome.catch(() => undefined)
      this.#issues.push(requiredIssue(placeOf(field, parent), field.type, broken))
      return
    }
    for (const rule of rules) {
      if (!rule.isAsync) continue
      const outcome = evaluateRule(rule, subject, undefined)
      if (outcome) pending.push(Promise.resolve(outcome))
    }
    if (pending.length === 0) return
    const place = placeOf(field, parent)
    this.#await(
      Promise.all(pending).then((outcomes) => {
        const found = outcomes.filter((outcome) => outcome !== undefined)
        return found.length > 0 ? [requiredIssue(place, field.type, found)] : []
      }),
    )
  }

  #await(issues: Promise<readonly Issue[]>): void {
    // A rule that throws later must not leave this one as an unhandled rejection: `finish` awaits the original.
    issues.catch(() => undefined)
    ;(this.#pending ??= []).push(issues)
  }

  #descend(type: Exclude<ValueType, ScalarType>, value: object, place: Place): void {
    switch (type.kind) {
      case 'array':
      case 'set':
      case 'map': {
        const { element } = type
        if (isScalar(element)) return
        const entries: Iterable<[string | number, unknown]> =
          value instanceof Map ? (value as Map<string, unknown>) : [...(value as Iterable<unknown>)].entries()
        for (const [key, item] of entries) {
          if (typeof item === 'object' && item !== null) this.#descend(element, item, place.child(key))
        }
        return
      }
      case 'object':
        this.checkObject(type.plan(), value, place)
        return
      case 'union':
        for (const plan of type.variants.values()) {
          if (plan().type !== value.constructor) continue
          this.checkObject(plan(), value, place)
          return
        }
    }
  }
}

export function placeOf(field: FieldPlan, parent: Place): Place {
  return (field as InputField).isWildcard ? parent : parent.child(field.name)
}

function isLengthRule(rule: Rule): boolean {
  return rule.isBuiltIn && !rule.each && (rule.name === 'arrayMaxSize' || rule.name === 'arrayMinSize')
}

/** class-validator asks nothing of a nested object that is absent; a handler would meet undefined where it declared a class. */
function isObjectNeeded({ rules, type, nullable }: FieldPlan): boolean {
  if (nullable) return false
  if (rules.some(({ kind }) => kind === 'nested')) return true
  const hasRules = (plan: ObjectPlan) => plan.fields.some((field) => field.rules.length > 0)
  if (type.kind === 'object') return hasRules(type.plan())
  return type.kind === 'union' && [...type.variants.values()].some((plan) => hasRules(plan()))
}

/** One issue instead of several where a rule of the DTO says what the type is, in that rule's words. */
function refine(
  issues: readonly Issue[],
  field: FieldPlan,
  target: object,
  raw: unknown,
  place: Place,
): readonly Issue[] {
  // Null, out of range and a wrong discriminator already have the words that fit.
  if (!issues.some((issue) => issue.isShape)) return issues
  const broken = brokenTypeRule(field, target, raw)
  return broken ? [{ ...ruleIssue(place, broken, raw), expected: describeType(field.type) }] : issues
}

function isListInForm(type: ValueType, mode: BindMode): boolean {
  return mode.isForm && (type.kind === 'array' || type.kind === 'set')
}

/** A form's value as a list: one value is a list of one, an empty one a list of none, `items[0]`, `items[2]` a list of two. */
function toItems(raw: unknown): unknown {
  if (typeof raw === 'string') return raw === '' ? [] : [raw]
  if (!isRecord(raw)) return raw
  const keys = Object.keys(raw)
  return keys.every((key) => /^\d+$/.test(key)) ? keys.map((key) => raw[key]) : raw
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function setProperty(target: object, property: string, value: unknown): void {
  ;(target as Record<string, unknown>)[property] = value
}

function getProperty(target: object, property: string): unknown {
  return (target as Record<string, unknown>)[property]
}
