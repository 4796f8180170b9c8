import type { Program } from '../codegen/program.js'
import { emitPreTested } from './emitters/pre-tested.js'
import { dates } from './emitters/dates.js'
import { lists } from './emitters/lists.js'
import { numbers } from './emitters/numbers.js'
import { EmittedCheck, type RuleEmitter } from './emitters/emitted-check.js'
import { isSticky, text } from './emitters/text.js'
import { types } from './emitters/types.js'
import { values } from './emitters/values.js'
import type { Rule } from './rules.js'

/** What is known of a value where a check stands, so that nothing is tested twice. */
export type KnownType = 'string' | 'number' | 'boolean' | 'date' | 'array' | 'unknown'

/** The value that an emitted check is about. */
export interface EmittedValue {
  /** A variable: it may stand in the text any number of times. */
  readonly code: string
  /** A variable that holds the object which the value belongs to, for `validateIf`. */
  readonly object: string
  readonly known: KnownType
}

const emitters: ReadonlyMap<string, RuleEmitter> = new Map(
  Object.entries({ ...values, ...types, ...numbers, ...text, ...dates, ...lists }),
)

/** Whether a rule can be part of an emitted check: one of class-validator's own, which look at the value and nothing else. */
export function isEmittable(rule: Rule): boolean {
  return rule.kind === 'custom' && rule.isBuiltIn && !rule.isAsync
}

/**
 * Rules of which the check is false only where the rule does not hold. Those without an emitter of their own end with the original,
 * whose word is the last.
 */
const exactChecks: ReadonlySet<string> = new Set(
  (
    'contains isDefined isEmpty isIn isInt isLength isNegative isNotEmpty isNotIn isPositive max maxLength min minLength ' +
    'notContains'
  ).split(' '),
)

/** Whether a check that is false has said what the original would say. */
export function isExact({ name }: Rule): boolean {
  return !emitters.has(name) || exactChecks.has(name)
}

/** Whether the rule says the same of the same value each time. Sticky patterns remember where they matched. */
export function isStateless({ name, constraints }: Rule): boolean {
  return name !== 'matches' || !isSticky(constraints?.[0])
}

/**
 * An expression that is true only where the rule holds, in parentheses where it needs them. Where it is false the interpreter has the
 * last word, so a check may be stricter than its rule, never laxer. Numbers, texts and options among the rule's arguments are taken as
 * they are now; lists, enums and dates, which may change, are asked when the check runs.
 */
export function emitRule(rule: Rule, value: EmittedValue, program: Program): string {
  const check = rule.each ? emitEach(rule, value, program) : emitItemRule(rule, value.code, value.known, program)
  if (!rule.validateIf) return check
  return `(!${program.constant(rule.validateIf, 'validateIf')}(${value.object}, ${value.code}) || ${check})`
}

/** The same for a value as it is, or for one item: without what the rule says of items and conditions. */
export function emitItemRule(rule: Rule, value: string, known: KnownType, program: Program): string {
  const check = new EmittedCheck(rule, value, known, program)
  const expression = emitters.get(rule.name)?.(check) ?? emitPreTested(check) ?? check.original()
  return /^(?:[\w.]+|[\w.]+\([^()]*\))$/.test(expression) ? expression : `(${expression})`
}

/** A call of a function that goes through the items. What is no collection is judged as it is, as class-validator does. */
function emitEach(rule: Rule, { code, known }: EmittedValue, program: Program): string {
  if (known !== 'unknown' && known !== 'array') return emitItemRule(rule, code, known, program)
  const name = program.declare(`each_${rule.name}`)
  const [items, item, index] = [program.declare('items'), program.declare('item'), program.declare('index')]
  const loop = [
    `for (let ${index} = 0; ${index} < ${items}.length; ${index}++) {`,
    `  const ${item} = ${items}[${index}]`,
    `  if (!${emitItemRule(rule, item, 'unknown', program)}) return false`,
    '}',
    'return true',
  ]
  if (known === 'array') {
    program.define(name, items, loop)
  } else {
    const value = program.declare('value')
    program.define(name, value, [
      `const ${items} = ${program.constant(itemsOf, 'itemsOf')}(${value})`,
      `if (${items} === undefined) return ${emitItemRule(rule, value, 'unknown', program)}`,
      ...loop,
    ])
  }
  return `${name}(${code})`
}

/** The items of an array, set or map; undefined for anything else. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[]
  return value instanceof Set || value instanceof Map ? [...(value.values() as Iterable<unknown>)] : undefined
}
