import { block } from '../../codegen/block.js'
import { assignment, literal } from '../../codegen/program.js'
import { isObjectNeeded } from '../../contract/required-field.js'
import { emitItemRule, type KnownType } from '../../validation/emit-rule.js'
import type { Rule } from '../../validation/rules.js'
import { isAboutValue, plansOf, type PreparedField } from '../prepare.js'
import { propertyHolds, ruleHolds, rulesHold } from '../property-holds.js'
import { invalid } from '../scalar.js'
import { applyTransforms } from '../transform.js'
import { emitCheck } from './emit-check.js'
import { emitGet } from './emit-read.js'
import { emitConversion, knownType, type ListChecks } from './emit-value.js'
import { FieldScope, giveUp } from './field-scope.js'
import { negated, refuseIf, type ObjectScope, type Scope } from './scope.js'

/** Where the raw value of a field comes from. */
export interface FieldSource {
  /** The expression of the raw value. */
  readonly read: string
  /** What holds it, for transforms. */
  readonly holder: string
  /** Statements between reading and converting. */
  readonly adapt?: (value: string) => readonly string[]
}

/** Reads, converts, checks and sets one property, or notes that it is wrong. */
export interface EmittedField {
  readonly lines: readonly string[]
  /** Checks that may look at other properties: behind all fields. */
  readonly late: readonly string[]
}

/** @param index  of the field in its plan */
export function emitField(field: PreparedField, index: number, source: FieldSource, object: ObjectScope): EmittedField {
  const { program, target } = object
  const value = program.declare(field.property)
  const scope = new FieldScope(field, index, source.read, value, object)
  const set = assignment(target, field.property, value)
  const given = field.isLate ? emitConversion(field.type, value, scope) : emitGiven(field, value, scope)
  const lines = [
    ...emitTransforms(field, value, source.holder, scope),
    ...(source.adapt?.(value) ?? []),
    ...branches(value, field.isLate ? [] : emitAbsent(field, scope), emitNull(field, set, scope), [...given, set]),
  ]
  return {
    lines: [`let ${value} = ${source.read}`, ...labelled(value, lines)],
    late: field.isLate ? labelled(value, emitLate(field, value, scope)) : [],
  }
}

/** Makes the name of a field the label which its checks break to. */
function labelled(label: string, lines: readonly string[]): readonly string[] {
  return lines.some((line) => line.includes(`break ${label} `)) ? block(`${label}:`, lines) : lines
}

/** What is read is undefined, null or a value; what asks for no statements gets no branch. */
function branches(
  value: string,
  absent: readonly string[],
  ofNull: readonly string[] | undefined,
  given: readonly string[],
): readonly string[] {
  const whenGiven = ofNull ? [...block(`if (${value} === null)`, ofNull), ...block('else', given)] : given
  if (absent.length === 0) return block(`if (${value} !== undefined)`, whenGiven)
  return [...block(`if (${value} === undefined)`, absent), ...block('else', whenGiven)]
}

function emitTransforms({ plan }: PreparedField, value: string, holder: string, scope: Scope): readonly string[] {
  if (plan.transforms.length === 0) return []
  const { program } = scope
  const transform = program.constant(
    (raw: unknown, obj: unknown) => applyTransforms(plan, raw, obj),
    `transform_${plan.property}`,
  )
  return block(`if (${value} !== undefined)`, [
    `${value} = ${transform}(${value}, ${holder})`,
    refuseIf(`${value} === ${program.constant(invalid, 'invalid')}`, scope),
  ])
}

/** Undefined where the conversion refuses null by itself. */
function emitNull(field: PreparedField, set: string, scope: Scope): readonly string[] | undefined {
  if (!field.nullable) return field.type.kind === 'any' ? [scope.refuse] : undefined
  const mayBeNull = field.isLate || letsPass(field, null) || rulesHold(field, {}, null)
  return [mayBeNull ? set : scope.leave]
}

/** A value of the right type right behind its conversion: built-in rules look at nothing else. */
function emitGiven(field: PreparedField, value: string, scope: FieldScope): readonly string[] {
  const { type, builtIn } = field
  const { program } = scope
  const isContainer = type.kind === 'array' || type.kind === 'set' || type.kind === 'map'
  const leaveUnless = (check: string) => (check === 'true' ? [] : [`if (${negated(check)}) ${scope.leave}`])
  const asks = (rule: Rule) => !holdsForMembers(rule, field)
  const checks: ListChecks = {
    lengths: builtIn.lengths.flatMap((rule) => leaveUnless(emitItemRule(rule, value, 'array', program))),
    item: (item: string, known: KnownType) =>
      builtIn.rules
        .filter((rule) => rule.each && asks(rule))
        .flatMap((rule) => leaveUnless(emitItemRule(rule, item, known, program))),
  }
  const behind = builtIn.rules
    .filter(
      (rule) => !(isContainer && rule.each) && !(type.kind === 'array' && builtIn.lengths.includes(rule)) && asks(rule),
    )
    .map((rule) => ({ rule, check: emitWhole(rule, field, value, scope) }))
    .filter(({ check }) => check !== 'true')
  // A broken rule has those behind it asked at once: all that are broken are told.
  const tell = ({ rule, check }: (typeof behind)[number]) => `if (${negated(check)}) ${scope.noteRule(rule)}`
  return [
    ...emitConversion(type, value, scope, checks),
    ...behind.map(
      ({ rule, check }, index) =>
        `if (${negated(check)}) ${giveUp([scope.noteRule(rule), ...behind.slice(index + 1).map(tell)], value)}`,
    ),
  ]
}

/** The check of a rule about the value as a whole. What the items of `any` are is known when the value is. */
function emitWhole(rule: Rule, { type, property }: PreparedField, value: string, { program, target }: Scope): string {
  return rule.each && type.kind === 'any'
    ? `${emitCheck([rule], property, program)}(${value}, ${target})`
    : emitItemRule(rule, value, knownType(type), program)
}

/** Whether the type has said it already: `@IsEnum` and `@IsIn` make an enum, whose members are known here. */
function holdsForMembers(rule: Rule, { type, property }: PreparedField): boolean {
  const judged = rule.each && 'element' in type ? type.element : type
  if (judged.kind !== 'enum' || ('element' in type && !rule.each)) return false
  return judged.values.every((member) => ruleHolds({ ...rule, each: false }, {}, property, member))
}

/** A value that was given is judged by emitted checks where the conditions ask for it; null and undefined are rare there. */
function emitLate(field: PreparedField, value: string, scope: Scope): readonly string[] {
  const { program, target, hasAccessors } = scope
  const kept = emitKept(field, scope)
  if (hasAccessors) return kept
  const conditions = field.conditions
    .filter((rule) => !isAboutValue(rule))
    .map((rule) => `${program.constant(rule.constraints![0], 'condition')}(${target}, ${value})`)
  const check = `${emitCheck(field.builtIn.rules, field.property, program)}(${value}, ${target})`
  const given =
    field.builtIn.rules.length > 0 ? [`if (${[...conditions, `!${check}`].join(' && ')}) ${scope.leave}`] : []
  return [...block(`if (${value} === undefined || ${value} === null)`, kept), ...block('else', given)]
}

/** The interpreter judges the value that the property has. */
function emitKept(field: PreparedField, { program, target, leave }: Scope): readonly string[] {
  return [`if (!${kept(field, program)}(${target})) ${leave}`]
}

function kept(field: PreparedField, program: Scope['program']): string {
  return program.constant((target: object) => propertyHolds(field, target), `${field.property}_kept`)
}

/**
 * An absent value leaves what the initialiser gave, on which the rules run as well. Initialisers nearly always give the same: for
 * undefined, the same primitive or an empty list the verdict is known already, for anything else the interpreter gives it.
 */
function emitAbsent(field: PreparedField, scope: FieldScope): readonly string[] {
  const { builtIn, plan, type } = field
  const isNeeded = !letsPass(field, undefined) && isObjectNeeded(field.plan)
  if (builtIn.rules.length === 0 && !isNeeded && plansOf(type).length === 0) return []
  const current = emitGet(scope.target, plan.property)
  const sample = plan.defaultValue
  const holds = letsPass(field, sample) || (rulesHold(field, {}, sample) && !(sample === undefined && isNeeded))
  const same = isSame(current, sample)
  // `@IsOptional` looks for the property on the object, and finds what every object inherits under this name.
  if (same === undefined || plan.property === '__proto__') return emitKept(field, scope)
  if (holds) return [`if (!(${same}) && !${kept(field, scope.program)}(${scope.target})) ${scope.leave}`]
  return [`if (${same}) ${sample === undefined ? scope.refuseAbsence : scope.leave}`, ...emitKept(field, scope)]
}

function isSame(current: string, sample: unknown): string | undefined {
  switch (typeof sample) {
    case 'undefined':
    case 'string':
    case 'number':
    case 'boolean':
      return `${current} === ${literal(sample)}`
    case 'object':
      if (sample === null) return `${current} === null`
      return Array.isArray(sample) && sample.length === 0
        ? `Array.isArray(${current}) && ${current}.length === 0`
        : undefined
    default:
      return undefined
  }
}

/** `@IsOptional` asks nothing of null and undefined, nullability nothing of null. */
function letsPass({ conditions }: PreparedField, value: unknown): boolean {
  return conditions.some(({ name }) =>
    name === 'isOptional' ? value === undefined || value === null : name === 'nullable' && value === null,
  )
}
