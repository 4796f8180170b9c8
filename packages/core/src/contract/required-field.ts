import { rulesOf, type Rule } from '../validation/rules.js'
import { propertyType, type Class } from '../decorators/metadata.js'
import type { FieldPlan, ObjectPlan } from './object-plan.js'
import type { ValueType } from './value-type.js'
import { isVague } from './read-value-type.js'
import { refusesValue } from './refuses-value.js'

/** Whether a field that is absent is always a mistake: see `isRequired` of {@link FieldPlan}. `rules` are those that the class declares. */
export function isRequired(field: Omit<FieldPlan, 'isRequired'>, rules: readonly Rule[]): boolean {
  if (field.defaultValue !== undefined || rules.some(({ kind }) => kind === 'conditional')) return false
  return isObjectNeeded(field) || rules.some((rule) => refusesValue(rule, rules, undefined))
}

/** Whether only its rules decide, with each request, if a field may be absent: on a condition, or because they are the user's own. */
export function isUndecided(field: FieldPlan): boolean {
  if (field.isRequired || field.defaultValue !== undefined) return false
  const rules = rulesOf(field)
  if (rules.some(({ name }) => name === 'isOptional')) return false
  const hasCondition = rules.some(({ kind, name }) => kind === 'conditional' && name !== 'nullable')
  if (hasCondition && isObjectNeeded(field)) return true
  return rules.some((rule) => {
    if (!rule.isBuiltIn) return rule.kind === 'custom'
    const isConditional = hasCondition || rule.validateIf !== undefined
    return isConditional && refusesValue({ ...rule, validateIf: undefined }, [], undefined)
  })
}

export interface NullQuestion {
  readonly type: Class
  readonly property: string
  readonly rules: readonly Rule[]
  readonly valueType: ValueType
  readonly defaultValue: unknown
}

/**
 * Whether null is let in where no option says so. The compiler emits `Object` for every union, so that one of null and one of two
 * classes look alike: an object is asked for then, which a handler can rely on, unless the field is optional.
 */
export function maybeNull({ type, property, rules, valueType, defaultValue }: NullQuestion): boolean {
  if (!isVague(propertyType(type.prototype as object, property))) return false
  if (defaultValue !== undefined) return defaultValue === null
  const isNested =
    valueType.kind === 'object' || valueType.kind === 'union' || rules.some(({ kind }) => kind === 'nested')
  return !isNested || rules.some(({ kind }) => kind === 'conditional')
}

/** class-validator asks nothing of a nested object that is absent; a handler would meet undefined where it declared a class. */
export function isObjectNeeded({ rules, type, nullable }: Pick<FieldPlan, 'rules' | 'type' | 'nullable'>): boolean {
  if (nullable) return false
  if (rules.some(({ kind }) => kind === 'nested')) return true
  if (type.kind === 'object') return hasRules(type.plan())
  return type.kind === 'union'
}

function hasRules(plan: ObjectPlan): boolean {
  return plan.fields.some(({ rules }) => rules.length > 0)
}
