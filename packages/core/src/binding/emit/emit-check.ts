import type { Program } from '../../codegen/program.js'
import { emitItemRule, emitRule } from '../../validation/emit-rule.js'
import type { Rule } from '../../validation/rules.js'

/**
 * A function `(value, object)` that is true where all of the built-in rules hold, of whatever type the value is, with their own
 * conditions. Gives its name.
 */
export function emitCheck(rules: readonly Rule[], hint: string, program: Program): string {
  const name = program.declare(`${hint}_holds`)
  const [value, object] = [program.declare('value'), program.declare('object')]
  const checks = rules.map((rule) => emitRule(rule, { code: value, object, known: 'unknown' }, program))
  program.define(name, `${value}, ${object}`, [`return ${checks.length > 0 ? checks.join(' && ') : 'true'}`])
  return name
}

/** A function that is true where the rule holds for one item, whatever its condition says. Gives its name. */
export function emitItemCheck(rule: Rule, program: Program): string {
  const name = program.declare(`${rule.name}_holds`)
  const item = program.declare('item')
  program.define(name, item, [`return ${emitItemRule(rule, item, 'unknown', program)}`])
  return name
}
