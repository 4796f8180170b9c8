import { constraintText } from './error-message.js'
import type { Rule, RuleArguments } from './rules.js'

/** The message of a broken rule, its tokens replaced. */
export function ruleMessage(rule: Rule, args: RuleArguments, label: string): string {
  const fixed = wordingOf(rule, label).text(args.value)
  return fixed ?? replaceTokens(rule.message || rule.defaultMessage(args), args, label)
}

const wordings = new WeakMap<Rule, Wording>()

/** What a rule says of a field; made once, for a rule belongs to one field. */
export function wordingOf(rule: Rule, label: string): Wording {
  let wording = wordings.get(rule)
  if (wording?.label !== label) wordings.set(rule, (wording = new Wording(rule, label)))
  return wording
}

/** A message, and the lists that it names: it is right as long as they are as they were. */
export interface FixedText {
  readonly text: string
  readonly lists: readonly { readonly list: readonly unknown[]; readonly copy: readonly unknown[] }[]
}

/** The messages of one rule that depend neither on the value nor on its object. Most rules have one, `isLength` has three. */
export class Wording {
  readonly label: string
  readonly #rule: Rule
  /** Undefined where the rule chooses by the value, or nothing is fixed. */
  readonly #template: string | undefined
  readonly #choosesByValue: boolean
  readonly #texts = new Map<string, FixedText | undefined>()
  #only: FixedText | undefined

  constructor(rule: Rule, label: string) {
    this.#rule = rule
    this.label = label
    const { template, choosesByValue } = templateOf(rule)
    this.#template = template
    this.#choosesByValue = choosesByValue
  }

  /** Undefined where the message depends on more. */
  text(value: unknown): string | undefined {
    return this.fixed(value)?.text
  }

  /** The same object as long as the text is the same. */
  fixed(value: unknown): FixedText | undefined {
    if (this.#only !== undefined && areSame(this.#only.lists)) return this.#only
    const template = this.#choosesByValue ? this.#chosen(value) : this.#template
    if (template === undefined) return undefined
    let fixed = this.#texts.get(template)
    if (fixed === undefined && this.#texts.has(template)) return undefined
    if (fixed === undefined || !areSame(fixed.lists)) {
      fixed = fixedText(template, this.#rule, this.label)
      this.#texts.set(template, fixed)
    }
    if (!this.#choosesByValue) this.#only = fixed
    return fixed
  }

  #chosen(value: unknown): string | undefined {
    const { property, constraints } = this.#rule
    return this.#rule.defaultMessage({ targetName: undefined, property, object: {}, value, constraints })
  }
}

/** Rules of users are never asked for words in advance. */
function templateOf(rule: Rule): { readonly template: string | undefined; readonly choosesByValue: boolean } {
  const { message, property, constraints } = rule
  if (message) return { template: typeof message === 'string' ? message : undefined, choosesByValue: false }
  if (!rule.isBuiltIn) return { template: undefined, choosesByValue: false }
  let choosesByValue = false
  const args = {
    targetName: undefined,
    property,
    object: {},
    constraints,
    get value() {
      choosesByValue = true
      return ''
    },
  }
  const template = rule.defaultMessage(args)
  return { template: choosesByValue ? undefined : template, choosesByValue }
}

function fixedText(template: string, { constraints = [] }: Rule, label: string): FixedText | undefined {
  const lists: { list: readonly unknown[]; copy: readonly unknown[] }[] = []
  let text = template
  for (const [index, constraint] of constraints.entries()) {
    const token = `$constraint${index + 1}`
    if (!text.includes(token)) continue
    if (isPlainList(constraint)) lists.push({ list: constraint, copy: [...constraint] })
    else if (!isPrimitive(constraint) && !isPlainPattern(constraint)) return undefined
    text = replaceAll(text, token, () => constraintText(constraint))
  }
  if (text.includes('$value')) return undefined
  text = replaceAll(text, '$property', () => label)
  return text.includes('$target') ? undefined : { text, lists }
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null
}

function isPlainPattern(value: unknown): boolean {
  return value instanceof RegExp && Object.getPrototypeOf(value) === RegExp.prototype
}

function isPlainList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype && value.every(isPrimitive)
}

function areSame(lists: FixedText['lists']): boolean {
  for (const { list, copy } of lists) {
    if (list.length !== copy.length) return false
    for (let index = 0; index < copy.length; index++) if (!Object.is(list[index], copy[index])) return false
  }
  return true
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
