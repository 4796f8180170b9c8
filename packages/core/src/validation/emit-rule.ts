import type { Program } from '../codegen/program.js'
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

/** Whether a rule can be part of an emitted check: one of class-validator's own, which look at the value and nothing else. */
export function isEmittable(rule: Rule): boolean {
  return rule.kind === 'custom' && rule.isBuiltIn && !rule.isAsync
}

/**
 * An expression that is true only where the rule holds. Where it is false the interpreter has the last word, so a check may be
 * stricter than its rule, never laxer.
 */
export function emitRule(rule: Rule, value: EmittedValue, program: Program): string {
  const original = program.constant(rule.validate, rule.name)
  const args = program.constant({ constraints: rule.constraints }, 'args')
  return `${original}(${value.code}, ${args})`
}
