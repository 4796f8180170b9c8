import type { Program } from '../../codegen/program.js'
import { emitRule, type KnownType } from '../../validation/emit-rule.js'
import type { Rule } from '../../validation/rules.js'

/** True where the rule holds for the value as a whole, or for one item. */
export function emitPlain(rule: Rule, value: string, object: string, known: KnownType, program: Program): string {
  return emitRule({ ...rule, each: false, validateIf: undefined }, { code: value, object, known }, program)
}

/**
 * A function `(value, object)` that is true where all of the built-in rules hold, of whatever type the value is, with their own
 * conditions. Gives its name.
 */
export function emitCheck(rules: readonly Rule[], hint: string, program: Program): string {
  const name = program.declare(`${hint}_holds`)
  const checks = rules.map((rule) => {
    const check = rule.each ? emitEach(rule, hint, program) : emitPlain(rule, 'value', 'object', 'unknown', program)
    if (!rule.validateIf) return check
    return `(!${program.constant(rule.validateIf, 'condition')}(object, value) || ${check})`
  })
  program.define(name, 'value, object', [`return ${checks.length > 0 ? checks.map(truth).join(' && ') : 'true'}`])
  return name
}

function emitEach(rule: Rule, hint: string, program: Program): string {
  const name = program.declare(`${hint}_item_holds`)
  program.define(name, 'value, object', [`return ${emitPlain(rule, 'value', 'object', 'unknown', program)}`])
  return `${program.constant(everyItem, 'everyItem')}(value, object, ${name})`
}

function truth(check: string): string {
  return `(${check})`
}

/** What is neither a list, set nor map is its own only item. */
function everyItem(value: unknown, object: object, holds: (item: unknown, object: object) => unknown): boolean {
  if (Array.isArray(value)) {
    // Not `every`, which leaves out holes: a rule is asked about these as undefined.
    for (const item of value as readonly unknown[]) if (!holds(item, object)) return false
    return true
  }
  if (!(value instanceof Set || value instanceof Map)) return Boolean(holds(value, object))
  for (const item of value.values()) if (!holds(item, object)) return false
  return true
}
