import type { ValueType } from '../contract/value-type.js'
import { isRecord } from '../objects/is-record.js'
import type { DeclaredRule } from '../validation/rules.js'
import { sortedItems } from './canonical.js'
import type { RuleContract } from './contract.js'

/** Said by `required`, `nullable` and the type already. */
const saidElsewhere: ReadonlySet<string> = new Set(['isOptional', 'nullable', 'isDefined'])
/** Say of a value of this kind that it is of this kind. */
const tautologies: Readonly<Record<string, readonly ValueType['kind'][]>> = {
  isString: ['string'],
  isNumber: ['number'],
  isBoolean: ['boolean'],
  isDate: ['date'],
  isArray: ['array'],
  isObject: ['object', 'union', 'map'],
  isEnum: ['enum'],
  // It refuses an empty text, besides what has no value at all.
  isNotEmpty: ['number', 'boolean', 'bigint', 'date', 'duration', 'size', 'array', 'set', 'map', 'object', 'union'],
}

/** The rules of an input field that refuse values of its type, sorted. */
export function describeRules(rules: readonly DeclaredRule[], type: ValueType): readonly RuleContract[] {
  return sortedItems(rules.flatMap((rule) => describeRule(rule, type) ?? []))
}

function describeRule(rule: DeclaredRule, type: ValueType): RuleContract | undefined {
  const { kind, name, each, validateIf } = rule
  if (kind === 'allow' || kind === 'nested' || kind === 'promise' || saidElsewhere.has(name)) return undefined
  const judged = each && 'element' in type ? type.element : type
  if (!validateIf && isTautology(rule, judged)) return undefined
  const given = describeArguments(rule)
  return {
    rule: name,
    ...(given.length > 0 ? { arguments: given } : {}),
    ...(each ? { each } : {}),
    ...(validateIf || kind === 'conditional' ? { conditional: true } : {}),
  }
}

function isTautology({ name, constraints, isBuiltIn }: DeclaredRule, type: ValueType): boolean {
  if (!isBuiltIn) return false
  // Options of isNumber refuse some numbers.
  if (name === 'isNumber' && Object.keys((constraints?.[0] as object | undefined) ?? {}).length > 0) return false
  if (name === 'isIn' && type.kind === 'enum') return sameValues(type.values, constraints?.[0])
  return tautologies[name]?.includes(type.kind) ?? false
}

function sameValues(values: readonly unknown[], listed: unknown): boolean {
  return Array.isArray(listed) && listed.length === values.length && listed.every((value) => values.includes(value))
}

/**
 * Dates are left out: they are often those of the start, and so others in every process. So are functions, whose work nobody can
 * compare.
 */
function describeArguments({ name, constraints = [] }: DeclaredRule): readonly unknown[] {
  if (name === 'isEnum') return [constraints[1]].flatMap(plain)
  const given = constraints.flatMap(plain)
  // Options that say nothing are as good as none.
  return isEmptyObject(given.at(-1)) ? given.slice(0, -1) : given
}

function plain(value: unknown): readonly unknown[] {
  if (value === undefined || value instanceof Date || typeof value === 'function' || typeof value === 'symbol')
    return []
  if (value instanceof RegExp) return [String(value)]
  if (typeof value === 'bigint') return [`${value}n`]
  if (typeof value === 'number' && !Number.isFinite(value)) return [String(value)]
  if (Array.isArray(value)) return [value.flatMap(plain)]
  if (typeof value !== 'object' || value === null) return [value]
  const entries = Object.entries(value).flatMap(([key, inner]) => plain(inner).map((one) => [key, one] as const))
  return [Object.fromEntries(entries)]
}

function isEmptyObject(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0
}
