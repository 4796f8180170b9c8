import { canonicalText } from './canonical.js'
import type { RuleContract } from './contract.js'
import { printRuleContract } from './print-contract.js'

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

/** Compares the rules of one input field: what its consumer keeps to with what its provider asks for. */
export function compareRules(consumer: readonly RuleContract[], provider: readonly RuleContract[]): RuleChanges {
  const narrowed: string[] = []
  const widened: string[] = []
  compareConditions(consumer, provider, narrowed, widened)
  for (const each of [false, true]) {
    const was = readSide(consumer, each)
    const is = readSide(provider, each)
    compareBounds(was, is, each, narrowed, widened)
    compareOthers(was, is, narrowed, widened)
  }
  return { narrowed, widened }
}

/** The rules of one side about a value, or about each of its items. */
interface Side {
  readonly bounds: ReadonlyMap<string, Bound>
  readonly others: readonly RuleContract[]
}

const wholeCondition = 'conditionalValidation'

function readSide(rules: readonly RuleContract[], each: boolean): Side {
  const bounds = new Map<string, Bound>()
  const others: RuleContract[] = []
  for (const rule of rules) {
    if (rule.rule === wholeCondition || (rule.each ?? false) !== each) continue
    const found = rule.conditional ? undefined : bounding[rule.rule]?.(rule.arguments ?? [])
    if (!found || found.includes(undefined)) others.push(rule)
    else for (const one of found) tighten(bounds, one!)
  }
  return { bounds, others }
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

function compareBounds(was: Side, is: Side, each: boolean, narrowed: string[], widened: string[]): void {
  for (const key of new Set([...was.bounds.keys(), ...is.bounds.keys()])) {
    const [before, now] = [was.bounds.get(key), is.bounds.get(key)]
    if (now && (!before || isTighter(now, before))) {
      narrowed.push(`${printBound(now, each)}, was ${before ? printBound(before, each) : 'unbounded'}`)
    } else if (before && (!now || isTighter(before, now))) {
      widened.push(`${now ? printBound(now, each) : 'unbounded'}, was ${printBound(before, each)}`)
    }
  }
}

function compareOthers(was: Side, is: Side, narrowed: string[], widened: string[]): void {
  const known = new Set(was.others.map(canonicalText))
  const kept = new Set(is.others.map(canonicalText))
  const gone = was.others.filter((rule) => !kept.has(canonicalText(rule)))
  const added = is.others.filter((rule) => !known.has(canonicalText(rule)) && !isImplied(rule, was))
  for (const rule of added) {
    const before = gone.find(({ rule: name }) => name === rule.rule)
    if (before && isWider(rule, before)) widened.push(became(before, rule))
    else narrowed.push(before ? became(before, rule) : `${printRuleContract(rule)} is new`)
  }
  for (const rule of gone) {
    if (!added.some(({ rule: name }) => name === rule.rule)) widened.push(`${printRuleContract(rule)} is gone`)
  }
}

/** What the consumer keeps to leaves nothing for the rule to refuse. */
function isImplied({ rule, conditional }: RuleContract, { bounds, others }: Side): boolean {
  if (rule === 'isNotEmpty' && (bounds.get('length least')?.limit ?? 0) >= 1) return true
  // A rule that holds on a condition asks for less than the same one without.
  return conditional === true && others.some((other) => other.rule === rule && !other.conditional)
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
