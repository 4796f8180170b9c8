import { canonicalText } from './canonical.js'
import type { RuleContract } from './contract.js'
import { printRuleContract } from './print-contract.js'
import { isPlainUnique, type Kept, type Promised } from './promised-by.js'

/** What became of the rules of a field, in words. */
export interface RuleChanges {
  /** Values that were accepted are refused. */
  readonly narrowed: readonly string[]
  readonly widened: readonly string[]
}

type Measure = 'value' | 'length' | 'bytes' | 'items'

interface Bound {
  readonly measure: Measure
  readonly side: 'least' | 'most'
  readonly limit: number
  /** The limit itself is refused. */
  readonly isStrict: boolean
}

const units: Readonly<Record<Measure, string>> = { value: '', length: ' characters', bytes: ' bytes', items: ' items' }

/** Rules that set bounds, with what their arguments bound. */
const bounding: Readonly<Record<string, (args: readonly unknown[]) => readonly (Bound | undefined)[]>> = {
  min: ([limit]) => [bound('value', 'least', limit)],
  max: ([limit]) => [bound('value', 'most', limit)],
  isPositive: () => [bound('value', 'least', 0, true)],
  isNegative: () => [bound('value', 'most', 0, true)],
  minLength: ([limit]) => [bound('length', 'least', limit)],
  maxLength: ([limit]) => [bound('length', 'most', limit)],
  isLength: ([least, most]) => [bound('length', 'least', least), ...upTo('length', most)],
  isByteLength: ([least, most]) => [bound('bytes', 'least', least), ...upTo('bytes', most)],
  arrayMinSize: ([limit]) => [bound('items', 'least', limit)],
  arrayMaxSize: ([limit]) => [bound('items', 'most', limit)],
  arrayNotEmpty: () => [bound('items', 'least', 1)],
}

/**
 * Compares the rules of one input field: what its consumer keeps to with what its provider asks for.
 * @param promised  what the consumer keeps to without any rules
 */
export function compareRules(
  consumer: readonly RuleContract[],
  provider: readonly RuleContract[],
  promised: Promised,
): RuleChanges {
  const narrowed: string[] = []
  const widened: string[] = []
  compareConditions(consumer, provider, narrowed, widened)
  for (const each of [false, true]) {
    const was = { ...readSide(consumer, each), kept: each ? promised.each : promised.whole }
    const is = readSide(provider, each)
    compareBounds(was, is, each, narrowed, widened)
    compareOthers(was, is, !each && promised.isUnique, narrowed, widened)
  }
  return { narrowed, widened }
}

/** The rules of one side about a value, or about each of its items. */
interface Side {
  readonly bounds: ReadonlyMap<string, Bound>
  readonly others: readonly RuleContract[]
}

/** What the consumer keeps to. */
interface KeptSide extends Side {
  readonly kept: Kept
}

const wholeCondition = 'conditionalValidation'

function readSide(rules: readonly RuleContract[], each: boolean): Side {
  const bounds = new Map<string, Bound>()
  const others: RuleContract[] = []
  for (const rule of rules) {
    if (rule.rule === wholeCondition || (rule.each ?? false) !== each) continue
    const found = rule.conditional ? undefined : boundsOf(rule)
    if (!found) others.push(rule)
    else for (const one of found) tighten(bounds, one)
  }
  return { bounds, others }
}

/** Undefined for a rule that sets none, or whose arguments are no numbers. */
function boundsOf({ rule, arguments: given = [] }: RuleContract): readonly Bound[] | undefined {
  const found = Object.hasOwn(bounding, rule) ? bounding[rule]!(given) : [undefined]
  return found.every((one) => one !== undefined) ? found : undefined
}

function tighten(bounds: Map<string, Bound>, found: Bound): void {
  const key = `${found.measure} ${found.side}`
  const known = bounds.get(key)
  if (!known || isTighter(found, known)) bounds.set(key, found)
}

function isTighter(one: Bound, other: Bound): boolean {
  if (one.limit === other.limit) return one.isStrict && !other.isStrict
  return one.side === 'least' ? one.limit > other.limit : one.limit < other.limit
}

/** What `@ValidateIf` says of all rules of a field. Two conditions are taken for the same: nobody can compare functions. */
function compareConditions(
  consumer: readonly RuleContract[],
  provider: readonly RuleContract[],
  narrowed: string[],
  widened: string[],
): void {
  const [was, is] = [consumer, provider].map((rules) => rules.some(({ rule }) => rule === wholeCondition))
  if (was && !is && provider.length > 0) narrowed.push('its rules hold always, and held on a condition')
  if (!was && is) widened.push('its rules hold on a condition only')
}

function compareBounds(was: KeptSide, is: Side, each: boolean, narrowed: string[], widened: string[]): void {
  for (const key of new Set([...was.bounds.keys(), ...is.bounds.keys()])) {
    const [before, now] = [was.bounds.get(key), is.bounds.get(key)]
    if (now && !isWithin(now, was)) {
      narrowed.push(`${printBound(now, each)}, was ${before ? printBound(before, each) : 'unbounded'}`)
    } else if (before && !isIdle(before, was.kept) && (!now || isTighter(before, now))) {
      widened.push(`${now ? printBound(now, each) : 'unbounded'}, was ${printBound(before, each)}`)
    }
  }
}

/** Whether a bound leaves nothing of what the consumer keeps to. */
function isWithin(now: Bound, { bounds, kept }: KeptSide): boolean {
  const before = bounds.get(`${now.measure} ${now.side}`)
  if (before && !isTighter(now, before)) return true
  return isIdle(now, kept) || (kept.values?.every((value) => isInside(value, now)) ?? false)
}

/** Nothing has fewer characters or items than none. */
function isIdle({ measure, side, limit }: Bound, { isTyped }: Kept): boolean {
  return isTyped && measure !== 'value' && side === 'least' && limit <= 0
}

function isInside(value: string | number, { measure, side, limit, isStrict }: Bound): boolean {
  // Of other characters class-validator and bytes count differently.
  const size = measure === 'value' ? value : typeof value === 'string' && isPlain(value) ? value.length : undefined
  if (typeof size !== 'number' || measure === 'items') return false
  if (size === limit) return !isStrict
  return side === 'least' ? size > limit : size < limit
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function compareOthers(was: KeptSide, is: Side, isUnique: boolean, narrowed: string[], widened: string[]): void {
  const known = new Set(was.others.map(canonicalText))
  const kept = new Set(is.others.map(canonicalText))
  const gone = was.others.filter((rule) => !kept.has(canonicalText(rule)))
  const isKept = (rule: RuleContract): boolean => isImplied(rule, was) || (isUnique && isPlainUnique(rule))
  const added = is.others.filter((rule) => !known.has(canonicalText(rule)) && !isKept(rule))
  for (const rule of added) {
    const before = gone.find(({ rule: name }) => name === rule.rule)
    if (before && isWider(rule, before)) widened.push(became(before, rule))
    else narrowed.push(before ? became(before, rule) : `${printRuleContract(rule)} is new`)
  }
  const implied = is.others.filter((rule) => !known.has(canonicalText(rule)) && isKept(rule))
  for (const rule of gone) {
    if (added.some(({ rule: name }) => name === rule.rule)) continue
    const now = implied.find(({ rule: name }) => name === rule.rule)
    widened.push(now ? became(rule, now) : `${printRuleContract(rule)} is gone`)
  }
}

/** What the consumer keeps to leaves nothing for the rule to refuse. */
function isImplied({ conditional, ...rule }: RuleContract, was: KeptSide): boolean {
  if (rule.rule === 'isNotEmpty') {
    const atLeast = was.bounds.get('length least')?.limit ?? was.bounds.get('bytes least')?.limit ?? 0
    if (atLeast >= 1 || was.kept.values?.every((value) => value !== '')) return true
  }
  if (!conditional) return false
  // A rule that holds on a condition asks for less than the same one without.
  const bounds = boundsOf(rule)
  if (bounds) return bounds.every((one) => isWithin(one, was))
  const text = canonicalText(rule)
  return was.others.some((other) => canonicalText(other) === text || (other.rule === rule.rule && isWider(rule, other)))
}

/** Whether the rule accepts all that it accepted, as far as its arguments tell. */
function isWider(now: RuleContract, before: RuleContract): boolean {
  if (now.conditional !== before.conditional) return false
  const [wasListed, isListed] = [before.arguments?.[0], now.arguments?.[0]]
  if (!Array.isArray(wasListed) || !Array.isArray(isListed)) return false
  if (now.rule === 'isIn') return wasListed.every((value) => isListed.includes(value))
  return now.rule === 'isNotIn' && isListed.every((value) => wasListed.includes(value))
}

function became(before: RuleContract, now: RuleContract): string {
  return `${printRuleContract(before)} became ${printRuleContract(now)}`
}

function bound(measure: Measure, side: Bound['side'], limit: unknown, isStrict = false): Bound | undefined {
  return typeof limit === 'number' ? { measure, side, limit, isStrict } : undefined
}

function upTo(measure: Measure, limit: unknown): readonly (Bound | undefined)[] {
  return limit === undefined ? [] : [bound(measure, 'most', limit)]
}

function printBound({ measure, side, limit, isStrict }: Bound, each: boolean): string {
  const comparison = isStrict ? (side === 'least' ? 'more than' : 'less than') : `at ${side}`
  return `${each ? 'each ' : ''}${comparison} ${limit}${units[measure]}`
}
