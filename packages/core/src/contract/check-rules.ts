import { describeType, printType, type ValueType } from './value-type.js'
import { refusesValue } from './refuses-value.js'
import { arrayRules, impliedTypes, typeRules } from './type-rules.js'
import type { Class } from '../decorators/metadata.js'
import { E_RULE_CONSTRAINT, E_RULE_DEFAULT, E_RULE_TYPE, E_RULE_UNREGISTERED } from '../errors/catalogue/binding.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { Rule } from '../validation/rules.js'

export interface CheckedField {
  readonly type: Class
  readonly property: string
  readonly rules: readonly Rule[]
  readonly valueType: ValueType
  readonly defaultValue: unknown
  readonly site: string | undefined
}

const list = { test: Array.isArray, name: 'a list of values' }
const number = { test: (value: unknown) => typeof value === 'number' && !Number.isNaN(value), name: 'a number' }
const pattern = { test: (value: unknown) => value instanceof RegExp || typeof value === 'string', name: 'a pattern' }

/** What the first argument of a rule must be for any value to pass. */
const firstArguments: ReadonlyMap<string, { readonly test: (value: unknown) => boolean; readonly name: string }> =
  new Map([
    ['isIn', list],
    ['isNotIn', list],
    ['arrayContains', list],
    ['arrayNotContains', list],
    ['min', number],
    ['max', number],
    ['isLength', number],
    ['minLength', number],
    ['maxLength', number],
    ['arrayMinSize', number],
    ['arrayMaxSize', number],
    ['isDivisibleBy', number],
    ['matches', pattern],
  ])

/** Types that a value of another kind than the rule's own can still have. */
const numeric: ReadonlySet<ValueType['kind']> = new Set(['number', 'duration', 'size', 'enum', 'any'])
const textual: ReadonlySet<ValueType['kind']> = new Set(['string', 'enum', 'any'])

/** Reports rules that never run, rules that nothing can pass, and defaults that do not pass. */
export function checkRules(checked: CheckedField, problems: LokstraError[]): void {
  const { type, property, rules, valueType, site } = checked
  const field = `${type.name}.${property}`
  for (const rule of rules) {
    if (rule.kind !== 'custom') continue
    if (!rule.isRegistered) {
      problems.push(lokstraError(E_RULE_UNREGISTERED, { field, rule: rule.name }, site))
      continue
    }
    const wanted = firstArguments.get(rule.name)
    const first = rule.constraints?.[0]
    // A rule of the user's own may share a name; what has no arguments at all is none of class-validator's.
    if (wanted && rule.constraints && rule.constraints.length > 0 && !wanted.test(first)) {
      const problem = `needs ${wanted.name}, and was given ${String(first)}`
      problems.push(lokstraError(E_RULE_CONSTRAINT, { field, rule: rule.name, problem }, site))
    }
    const judged = rule.each && 'element' in valueType ? valueType.element : valueType
    if (!rule.validateIf && !admits(rule, judged)) {
      problems.push(lokstraError(E_RULE_TYPE, { field, rule: rule.name, type: describeBound(judged) }, site))
    } else if (refusesDefault(rule, checked)) {
      problems.push(lokstraError(E_RULE_DEFAULT, { field, rule: rule.name, value: checked.defaultValue }, site))
    }
  }
}

/** What clients send is an array or an object; the rules are about what becomes of it. */
function describeBound(type: ValueType): string {
  return type.kind === 'set' || type.kind === 'map' ? `a ${printType(type)}` : describeType(type)
}

function admits({ name, isBuiltIn }: Rule, { kind }: ValueType): boolean {
  // A rule of the user's own that shares a name with one of these may ask for anything.
  if (!isBuiltIn) return true
  if (arrayRules.has(name)) return kind === 'array' || kind === 'any'
  switch ((typeRules.get(name) ?? impliedTypes.get(name))?.kind) {
    case 'number':
      return numeric.has(kind)
    case 'string':
      return textual.has(kind)
    case 'boolean':
      return kind === 'boolean' || kind === 'any'
    case 'date':
      return kind === 'date' || kind === 'any'
    default:
      return true
  }
}

function refusesDefault(rule: Rule, { rules, defaultValue }: CheckedField): boolean {
  if ((defaultValue ?? null) === null || (rule.each && !Array.isArray(defaultValue))) return false
  const values = rule.each ? (defaultValue as readonly unknown[]) : [defaultValue]
  return values.some((value) => refusesValue(rule, rules, value))
}
