import { isRecord } from '../objects/is-record.js'
import { evaluateRule, type BrokenRule } from '../validation/evaluate-rule.js'
import { isExact, isStateless } from '../validation/emit-rule.js'
import { wordingOf } from '../validation/rule-message.js'
import type { Rule } from '../validation/rules.js'
import { typeRules } from '../contract/type-rules.js'
import { isScalar } from '../contract/value-type.js'
import { Complaint } from './complaint.js'
import { Findings, maxIssues } from './findings.js'
import { nullIssue, unconvertedIssue, requiredIssue, typeIssue, type Issue } from './issue.js'
import type { BindMode } from './mode.js'
import { formatPath, Place } from './place.js'
import type { PreparedField } from './prepare.js'
import type { Refusals } from './refusals.js'
import { RuleComplaint } from './rule-complaint.js'
import { convertScalar, invalid, isUnconverted } from './scalar.js'

/** Called where emitted code gives a field up; gives the findings, new ones where there were none. */
export type Tell = (findings: Findings | undefined, value: unknown) => Findings
export type TellBelow = (
  findings: Findings | undefined,
  raw: unknown,
  compiled: Bindable,
  refusals: Refusals,
) => Findings
export type TellItems = (
  findings: Findings | undefined,
  items: readonly unknown[],
  index: number,
  compiled: Bindable,
  refusals: Refusals,
) => Findings

/** What binds a nested class. */
export interface Bindable {
  bind(raw: unknown, refusals: Refusals): object | undefined
}

/** Paths below one field that are kept: names below a class that holds itself repeat without end. */
const mostKept = 500
const mostItemsKept = 16

/**
 * Says what is wrong with one field in the words of the interpreter, where the words depend on nothing but the field; the rest is
 * left to it. This runs where input is wrong, so what it needs is made on first use.
 */
export class FieldComplaints {
  readonly #field: PreparedField
  readonly #path: string
  readonly #index: number
  readonly #mode: BindMode
  #rules: readonly RuleComplaint[] | undefined
  #typeRules: readonly RuleComplaint[] | undefined
  /** What is said without a rule, by its message. */
  readonly #plain = new Map<string, Complaint>()
  /** What is told below the field itself, and below its first items. */
  readonly #below = new Map<Complaint, Complaint>()
  readonly #belowItems: Map<Complaint, Complaint>[] = []
  #keptCount = 0

  constructor(field: PreparedField, index: number, mode: BindMode) {
    this.#field = field
    this.#path = formatPath([field.name])
    this.#index = index
    this.#mode = mode
  }

  /** For a value of the wrong type, before any transform. */
  readonly ofType: Tell = (findings, raw) => {
    const found = findings ?? new Findings()
    return this.#tell(found, this.#ofType(raw))
  }

  /** For an absent value. */
  readonly ofAbsence: Tell = (findings) => {
    const found = findings ?? new Findings()
    return this.#tell(found, this.#ofAbsence())
  }

  /** For a value of the right type, of which the check of the rule is false. */
  ofRule(rule: Rule): Tell {
    const { all } = this.#field
    const isTold = all.rules.every(isStateless) && all.rules.every(hasOwnName)
    const isFinal = isExact(rule)
    let complaint: RuleComplaint | undefined
    return (findings, value) => {
      const found = findings ?? new Findings()
      // The interpreter asks for the length of a list first.
      if (!isTold || Array.isArray(value)) return this.#tell(found, undefined)
      complaint ??= this.#ofRule(rule)
      // A check may be stricter than its rule: then the value may be right, and only the interpreter can make it pass.
      return this.#tell(found, isFinal || !complaint.holds(value) ? complaint.about(value) : undefined)
    }
  }

  /** For an object that the code of its class has refused. */
  readonly ofObject: TellBelow = (findings, raw, compiled, refusals) => {
    const found = findings ?? new Findings()
    const complaints = refusals.last(raw, compiled)?.findings.complaints
    if (!complaints) return this.#tell(found, isRecord(raw) ? undefined : this.#ofType(raw))
    for (let index = 0; index < complaints.length && index < maxIssues; index++) {
      found.tell(this.#complaintBelow(complaints[index]!, undefined, this.#below))
    }
    return found
  }

  /** For a list with an object that the code of its class has refused; the objects behind it have not been looked at. */
  readonly ofItems: TellItems = (findings, items, first, compiled, refusals) => {
    const found = findings ?? new Findings()
    let told = 0
    for (let index = first; index < items.length && told < maxIssues; index++) {
      const item = items[index]
      if (index > first && compiled.bind(item, refusals) !== undefined) continue
      const complaints = refusals.last(item, compiled)?.findings.complaints
      if (!complaints) return this.#tell(found, undefined)
      const kept = index < mostItemsKept ? (this.#belowItems[index] ??= new Map<Complaint, Complaint>()) : undefined
      for (let at = 0; at < complaints.length && told < maxIssues; at++, told++) {
        found.tell(this.#complaintBelow(complaints[at]!, index, kept))
      }
    }
    return found
  }

  #tell(found: Findings, complaint: Complaint | undefined): Findings {
    if (complaint) found.tell(complaint)
    else found.leave(this.#index)
    return found
  }

  #ofRule(rule: Rule): RuleComplaint {
    const { all, name } = this.#field
    this.#rules ??= all.rules.map((one) => new RuleComplaint(one, this.#index, name, this.#path))
    return this.#rules[all.rules.indexOf(rule)]!
  }

  #ofAbsence(): Complaint | undefined {
    const { all, name, property, type } = this.#field
    const subject = { object: {}, property, label: name }
    const broken: BrokenRule[] = []
    for (const rule of all.rules) {
      // Only a message of the user's own is told instead of the plain one.
      if (rule.message === undefined) continue
      if (wordingOf(rule, name).text(undefined) === undefined) return undefined
      const outcome = evaluateRule(rule, subject, undefined)
      if (outcome && !(outcome instanceof Promise)) broken.push(outcome)
    }
    return this.#ofIssue(requiredIssue(this.#place(), type, broken))
  }

  #ofType(raw: unknown): Complaint | undefined {
    const { type, all } = this.#field
    if (raw === null) return this.#ofIssue(nullIssue(this.#place(), type))
    // Of an enum nothing else can be wrong.
    if (isScalar(type) && type.kind !== 'enum') {
      const value = convertScalar(type, raw, this.#mode.text)
      if (!isUnconverted(value)) return undefined
      if (value !== invalid) return this.#ofIssue(unconvertedIssue(value, this.#place(), type, raw))
    }
    this.#typeRules ??= all.rules.filter(({ name }) => typeRules.has(name)).map((rule) => this.#ofRule(rule))
    for (const rule of this.#typeRules) if (!rule.holds(raw)) return rule.about(raw)
    return this.#ofIssue(typeIssue(this.#place(), type, raw))
  }

  #place(): Place {
    return Place.root().child(this.#field.name)
  }

  #ofIssue({ code, message }: Issue): Complaint {
    const known = this.#plain.get(message)
    if (known?.code === code) return known
    const complaint = new Complaint(this.#index, this.#path, code, message, true)
    this.#plain.set(message, complaint)
    return complaint
  }

  /** @param item  index of the item that tells it */
  #complaintBelow(
    complaint: Complaint,
    item: number | undefined,
    kept: Map<Complaint, Complaint> | undefined,
  ): Complaint {
    const known = kept?.get(complaint)
    if (known) return known
    const { path, code, message, isConstant } = complaint
    const full = item === undefined ? `${this.#path}.${path}` : `${this.#path}[${item}].${path}`
    const isKept = kept !== undefined && isConstant && this.#keptCount < mostKept
    const below = new Complaint(this.#index, full, code, message, isKept)
    if (isKept) {
      this.#keptCount++
      kept.set(complaint, below)
    }
    return below
  }
}

/** Of rules of one name only the last is told. */
function hasOwnName({ name }: Rule, index: number, rules: readonly Rule[]): boolean {
  return rules.findIndex((other) => other.name === name) === index
}
