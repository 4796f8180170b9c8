import { askRule } from '../validation/evaluate-rule.js'
import { argumentsOf } from '../validation/emitters/emitted-check.js'
import { wordingOf, type FixedText, type Wording } from '../validation/rule-message.js'
import type { Rule, RuleArguments } from '../validation/rules.js'
import { Complaint } from './complaint.js'

/** A rule that chooses its words by the value, `isLength`, has three texts; others have one until a list that it names changes. */
const mostTexts = 4

/** One of class-validator's own rules on one field, and what it says when it is broken. */
export class RuleComplaint {
  readonly rule: Rule
  readonly #field: number
  readonly #path: string
  readonly #wording: Wording
  readonly #args: RuleArguments
  #told: { readonly fixed: FixedText; readonly complaint: Complaint }[] = []

  /** @param name  what messages call the field */
  constructor(rule: Rule, field: number, name: string, path: string) {
    this.rule = rule
    this.#field = field
    this.#path = path
    this.#wording = wordingOf(rule, name)
    this.#args = argumentsOf(rule) as RuleArguments
  }

  holds(value: unknown): boolean {
    const { rule } = this
    if (!rule.each || typeof value !== 'object') return Boolean(rule.validate(value, this.#args))
    return askRule(rule, rule.validate, value, this.#args) === true
  }

  /** Undefined where the words depend on the value or the object. */
  about(value: unknown): Complaint | undefined {
    const fixed = this.#wording.fixed(value)
    if (fixed === undefined) return undefined
    const known = this.#told
    for (const told of known) if (told.fixed === fixed) return told.complaint
    if (known.length >= mostTexts) this.#told = []
    const complaint = new Complaint(this.#field, this.#path, this.rule.name, fixed.text, true)
    this.#told.push({ fixed, complaint })
    return complaint
  }
}
