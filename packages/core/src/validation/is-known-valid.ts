import type { ValidatorOptions } from 'class-validator'

import { canGenerateCode, member, Program } from '../codegen/program.js'
import { choosesAll, knownClass, type ClassRules, type PropertyRules } from './class-rules.js'
import { emitRule, isEmittable } from './emit-rule.js'
import type { Rule } from './rules.js'

/** Says yes where nothing is wrong with the object; where it says no, {@link ValidationRun} finds out whether and what. */
type ClassCheck = (object: object, whitelist: boolean) => boolean

/**
 * Whether class-validator is known to find nothing wrong. One pass, nothing allocated. All rules are asked: options only take
 * some away or change how errors are told, except groups, which choose others, and `whitelist`, with which no key may be unknown.
 */
export function isKnownValid(object: object, options: ValidatorOptions | undefined): boolean {
  if (!options) return passes(object, false)
  return choosesAll(options) && passes(object, Boolean(options.whitelist))
}

function passes(object: object, whitelist: boolean): boolean {
  const known = knownClass((object as object | null | undefined)?.constructor)
  if (!known) return false
  known.check ??= compile(known.choose({})) ?? false
  return known.check && known.check(object, whitelist)
}

/** Undefined where a rule of the user's own, a promise or the process forbids. */
function compile(rules: ClassRules): ClassCheck | undefined {
  if (!canGenerateCode || rules.properties.length === 0 || !rules.properties.every(isCompilable)) return undefined
  const program = new Program()
  return program.compile<ClassCheck>(emitClassCheck(rules, program))
}

function isCompilable({ defined, custom, isAwaited }: PropertyRules): boolean {
  return !isAwaited && defined.every(isEmittable) && custom.every(isEmittable)
}

/** The text of a class's {@link ClassCheck}; gives the name of the function. */
function emitClassCheck({ properties }: ClassRules, program: Program): string {
  const [name, object, whitelist] = [program.declare('check'), program.declare('object'), program.declare('whitelist')]
  const known = program.constant(new Set(properties.map(({ property }) => property)), 'known')
  const lines = [`if (${whitelist} && !${program.constant(hasOnly, 'hasOnly')}(${object}, ${known})) return false`]
  for (const rules of properties) {
    const code = program.declare(rules.property)
    const conditions = rules.conditions.map((rule) => emitCondition(rule, object, code, program))
    const checks = [...rules.defined, ...rules.custom].map((rule) =>
      emitRule(rule, { code, object, known: 'unknown' }, program),
    )
    if (rules.nested.length > 0) checks.push(`${program.constant(passesNested, 'nested')}(${code}, ${whitelist})`)
    const refusals = checks.map((check) => `if (!${check}) return false`)
    // Read even where nothing is checked: a getter that throws does so for class-validator as well.
    lines.push(`const ${code} = ${member(object, rules.property)}`)
    if (conditions.length === 0) lines.push(...refusals)
    else lines.push(`if (${conditions.join(' && ')}) {`, ...refusals, '}')
  }
  program.define(name, `${object}, ${whitelist}`, [...lines, 'return true'])
  return name
}

function emitCondition({ name, constraints }: Rule, object: string, value: string, program: Program): string {
  // Most conditions are this one: its test is written out.
  if (name === 'isOptional') return `${value} !== undefined && ${value} !== null`
  return `${program.constant(constraints, 'conditions')}[0](${object}, ${value})`
}

/** The rules of nested values are those of the class that each has at run time. */
function passesNested(value: unknown, whitelist: boolean): boolean {
  if (value === undefined) return true
  if (Array.isArray(value) || value instanceof Set) {
    for (const item of value as Iterable<unknown>) if (!passesNested(item, whitelist)) return false
    return true
  }
  if (value instanceof Map) {
    // class-validator writes each key as text, which a key may refuse.
    for (const [key, item] of value) if (typeof key !== 'string' || !passesNested(item, whitelist)) return false
    return true
  }
  return value instanceof Object && passes(value, whitelist)
}

function hasOnly(object: object, known: ReadonlySet<string>): boolean {
  // Inherited keys, which class-validator does not look at, are rare and lead to the interpreter.
  for (const key in object) if (!known.has(key)) return false
  return true
}
