import { getMetadataStorage, type ValidationArguments } from 'class-validator'

import type * as FindPreTest from '../../../../packages/core/dist/validation/pre-tests/find-pre-test.js'
import type * as CheckPatterns from '../../../../packages/core/dist/validation/check-patterns.js'
import type * as EmitRule from '../../../../packages/core/dist/validation/emit-rule.js'
import type * as ProgramModule from '../../../../packages/core/dist/codegen/program.js'
import type * as Rules from '../../../../packages/core/dist/validation/rules.js'
import { load } from '../../../helpers/core-internals.js'

/** Emitted checks have no public door: a server hides whether they or the interpreter accepted a value. */
export const { Program, literal, member, assignment, canGenerateCode } =
  await load<typeof ProgramModule>('codegen/program.js')
export const { emitRule, isEmittable } = await load<typeof EmitRule>('validation/emit-rule.js')
export const { findPreTest } = await load<typeof FindPreTest>('validation/pre-tests/find-pre-test.js')
export const { checkPatterns } = await load<typeof CheckPatterns>('validation/check-patterns.js')
export const { readRules } = await load<typeof Rules>('validation/rules.js')

export type Rule = Parameters<typeof emitRule>[0]
export type KnownType = EmitRule.KnownType

export type Decorator = (target: object, property: string) => void
type Original = (value: unknown, args: object) => unknown

const originals = new WeakMap<Rule, Original>()

/** The rule of a decorator. */
export function ruleOf(decorator: Decorator): Rule {
  class Subject {}
  decorator(Subject.prototype, 'field')
  const rule = readRules(Subject).get('field')![0]!
  const storage = getMetadataStorage()
  const [metadata] = storage.getTargetValidationMetadatas(Subject, '', false, false)
  const constraint = storage.getTargetValidatorConstraints(metadata!.constraintCls)[0]?.instance
  if (constraint) originals.set(rule, (value, args) => constraint.validate(value, args as ValidationArguments))
  return rule
}

export type Check = (object: object, value: unknown) => unknown

/** The emitted check of a rule as a function. */
export function compileRule(rule: Rule, known: KnownType = 'unknown'): Check {
  const program = new Program()
  const name = program.declare('check')
  const [object, value] = [program.declare('object'), program.declare('value')]
  program.define(name, `${object}, ${value}`, [`return ${emitRule(rule, { code: value, object, known }, program)}`])
  return program.compile<Check>(name)
}

/** The text of the check about a variable `value`. */
export function textOf(rule: Rule, known: KnownType = 'unknown'): string {
  return emitRule(rule, { code: 'value', object: 'object', known }, new Program())
}

/**
 * What class-validator's own validator answers, without a pre-test in front. It refuses what it did not expect with a TypeError and
 * the like; what else it throws is about its arguments.
 */
export function askOriginal(rule: Rule, value: unknown): boolean {
  try {
    return Boolean(originals.get(rule)!(value, { constraints: rule.constraints }))
  } catch (error) {
    if (error instanceof TypeError || error instanceof URIError || error instanceof RangeError) return false
    throw error
  }
}

/** What class-validator answers about a field: of every item with `each`, and yes where the condition does not hold. */
export function judge(rule: Rule, object: object, value: unknown): boolean {
  if (rule.validateIf && !rule.validateIf(object, value)) return true
  if (!rule.each || !(Array.isArray(value) || value instanceof Set || value instanceof Map))
    return askOriginal(rule, value)
  return [...value.values()].every((item) => askOriginal(rule, item))
}

export function seedOf(): number {
  const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31)
  console.log(`      seed ${seed}`)
  return seed
}

/** The outcome as text. */
export function attempt(run: () => unknown): string {
  try {
    return String(Boolean(run()))
  } catch {
    return 'throws'
  }
}
