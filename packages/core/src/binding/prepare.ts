import type { InputField } from '../contract/input-plan.js'
import type { FieldPlan, ObjectPlan } from '../contract/object-plan.js'
import { isScalar, type UnionType, type ValueType } from '../contract/value-type.js'
import { isEmittable } from '../validation/emit-rule.js'
import { rulesOf, type Rule } from '../validation/rules.js'
import { isInheritedName } from './raw-value.js'

/** Some of a field's rules, in their order. */
export interface RuleList {
  readonly rules: readonly Rule[]
  /** Those about the length of an array, which are asked first. */
  readonly lengths: readonly Rule[]
}

/** A field and what is computed once of it, so that neither engine looks for it per value. */
export interface PreparedField {
  readonly plan: FieldPlan
  readonly property: string
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
  readonly isScalar: boolean
  readonly isWildcard: boolean
  /** A plain read of the name finds something in any object, such as `constructor`. */
  readonly isInherited: boolean
  readonly conditions: readonly Rule[]
  /** What decides looks at more than the value: emitted code checks it behind all fields. */
  readonly isLate: boolean
  /** All rules that are run. */
  readonly all: RuleList
  /** Those of them that emitted code asks. */
  readonly builtIn: RuleList
  /** The rest: users' rules and asynchronous ones. */
  readonly own: RuleList
}

export interface PreparedObject {
  readonly plan: ObjectPlan
  readonly fields: readonly PreparedField[]
  /** Wire names of the fields. */
  readonly names: ReadonlySet<string>
  /** Whether emitted code may say what is wrong with it: no rule of users has a say, and none looks at the object. */
  readonly tells: boolean
  /** Of {@link hasOwnRules}, once it is known: classes in a circle cannot say it before all are read. */
  asksOwnRules: boolean | undefined
}

const prepared = new WeakMap<ObjectPlan, PreparedObject>()

export function prepare(plan: ObjectPlan): PreparedObject {
  let object = prepared.get(plan)
  if (!object) {
    const fields = plan.fields.map((field) => prepareField(field, plan.hasAccessors))
    const names = new Set(plan.fields.map(({ name }) => name))
    const tells = fields.every(({ isLate, own }) => !isLate && own.rules.length === 0)
    object = { plan, fields, names, tells, asksOwnRules: undefined }
    prepared.set(plan, object)
  }
  return object
}

function prepareField(plan: FieldPlan, hasAccessors: boolean): PreparedField {
  const rules = rulesOf(plan)
  const all = rules.filter(({ kind }) => kind === 'custom')
  const conditions = rules.filter(({ kind }) => kind === 'conditional')
  return {
    plan,
    property: plan.property,
    name: plan.name,
    type: plan.type,
    nullable: plan.nullable,
    isScalar: isScalar(plan.type),
    isWildcard: (plan as InputField).isWildcard,
    isInherited: isInheritedName(plan.name),
    conditions,
    isLate: hasAccessors || !conditions.every(isAboutValue) || all.some(({ validateIf }) => validateIf !== undefined),
    all: ruleList(all),
    builtIn: ruleList(all.filter(isEmittable)),
    own: ruleList(all.filter((rule) => !isEmittable(rule))),
  }
}

/** The fields at the indices; all where none are given. */
export function wrongFields(
  { fields }: PreparedObject,
  wrong: readonly number[] | undefined,
): readonly PreparedField[] {
  return wrong ? wrong.map((index) => fields[index]!) : fields
}

/** `@IsOptional` and nullability; other conditions may look at the whole object. */
export function isAboutValue({ name }: Rule): boolean {
  return name === 'isOptional' || name === 'nullable'
}

function ruleList(rules: readonly Rule[]): RuleList {
  return { rules, lengths: rules.filter(isLengthRule) }
}

function isLengthRule(rule: Rule): boolean {
  return rule.isBuiltIn && !rule.each && (rule.name === 'arrayMaxSize' || rule.name === 'arrayMinSize')
}

/** The classes that a value of the type may hold directly. */
export function plansOf(type: ValueType): readonly ObjectPlan[] {
  switch (type.kind) {
    case 'array':
    case 'set':
    case 'map':
      return plansOf(type.element)
    case 'object':
      return [type.plan()]
    case 'union':
      return [...type.variants.values()].map((plan) => plan())
    default:
      return []
  }
}

/** The plan and all below it, each once. */
function reachablePlans(plan: ObjectPlan): ReadonlySet<ObjectPlan> {
  const found = new Set([plan])
  // A set's iterator also visits what is added while it runs.
  for (const { fields } of found) for (const { type } of fields) for (const inner of plansOf(type)) found.add(inner)
  return found
}

/** Whether the class, or one below it, has rules that no emitted code asks. */
export function hasOwnRules(object: PreparedObject): boolean {
  return (object.asksOwnRules ??= [...reachablePlans(object.plan)].some((plan) =>
    prepare(plan).fields.some(({ own }) => own.rules.length > 0),
  ))
}

/** The plan that an instance was made by, of a union's variants. */
export function variantOf(type: UnionType, value: object): ObjectPlan | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  for (const variant of type.variants.values()) if (variant().type.prototype === prototype) return variant()
  return undefined
}
