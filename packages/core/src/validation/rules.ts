import * as classValidator from 'class-validator'

import type { Class } from '../decorators/metadata.js'

/** What class-validator hands to validators and message functions; `constraints` is undefined for rules without any. */
export interface RuleArguments {
  readonly targetName: string | undefined
  readonly property: string
  readonly object: object
  readonly value: unknown
  readonly constraints: readonly unknown[] | undefined
}

/** One decorator of class-validator on one property, as data. */
export interface Rule {
  readonly kind: 'custom' | 'nested' | 'conditional' | 'promise' | 'allow'
  readonly property: string
  /** The key class-validator reports the rule under, such as `isInt`. */
  readonly name: string
  /** The rule is about the items of an array, set or map. */
  readonly each: boolean
  readonly constraints: readonly unknown[] | undefined
  readonly groups: readonly string[] | undefined
  readonly always: boolean | undefined
  readonly message: string | ((args: RuleArguments) => string) | undefined
  readonly context: unknown
  readonly validateIf: ((object: object, value: unknown) => boolean) | undefined
  /** Has a name of class-validator's own rules. */
  readonly isBuiltIn: boolean
  /** Declared async, or written as an async function. Other validators may return a promise all the same. */
  readonly isAsync: boolean
  /** False for `@Validate(SomeClass)` where the class lacks `@ValidatorConstraint`: class-validator never runs such a rule. */
  readonly isRegistered: boolean
  readonly validate: (value: unknown, args: RuleArguments) => unknown
  readonly defaultMessage: (args: RuleArguments) => string
}

const { getMetadataStorage } = classValidator

/** Names of class-validator's own rules, which it exports as constants such as `IS_EMAIL`. */
const builtInNames: ReadonlySet<unknown> = new Set(
  Object.entries(classValidator)
    .filter(([key]) => /^[A-Z][A-Z0-9_]+$/.test(key))
    .map(([, value]) => value),
)

type Storage = ReturnType<typeof getMetadataStorage>
type Metadata = ReturnType<Storage['getTargetValidationMetadatas']>[number]
type Constraint = ReturnType<Storage['getTargetValidatorConstraints']>[number]

const kinds: Readonly<Record<string, Rule['kind']>> = {
  nestedValidation: 'nested',
  conditionalValidation: 'conditional',
  promiseValidation: 'promise',
  whitelistValidation: 'allow',
}

const rulesByClass = new WeakMap<Class, ReadonlyMap<string, readonly Rule[]>>()

/**
 * The rules of a class by property, in class-validator's order: a class's own before inherited ones, `@IsDefined` first. Those of
 * all groups: a request names none. Inheritance is resolved by class-validator itself, so its storage is the only judge of what
 * overrides what.
 */
export function readRules(type: Class): ReadonlyMap<string, readonly Rule[]> {
  const known = rulesByClass.get(type)
  if (known) return known
  const storage = getMetadataStorage()
  const found = storage.getTargetValidationMetadatas(type, '', false, false)
  const byProperty = new Map<string, Rule[]>()
  for (const metadata of [...found.filter(isDefinedFirst), ...found.filter((other) => !isDefinedFirst(other))]) {
    const rules = byProperty.get(metadata.propertyName) ?? []
    rules.push(...toRules(metadata, storage))
    byProperty.set(metadata.propertyName, rules)
  }
  // Properties in the order of their first rule, whatever that rule is.
  const ordered = new Map(found.map(({ propertyName }) => [propertyName, byProperty.get(propertyName)!]))
  rulesByClass.set(type, ordered)
  return ordered
}

function isDefinedFirst(metadata: Metadata): boolean {
  return metadata.type === 'isDefined'
}

function toRules(metadata: Metadata, storage: Storage): Rule[] {
  const kind = kinds[metadata.type] ?? 'custom'
  if (kind !== 'custom') return [toRule(metadata, kind, metadata.name ?? metadata.type, undefined)]
  const constraints = storage.getTargetValidatorConstraints(metadata.constraintCls)
  if (constraints.length === 0)
    return [toRule(metadata, kind, metadata.constraintCls?.name || metadata.type, undefined)]
  return constraints.map((constraint) => toRule(metadata, kind, constraint.name || metadata.type, constraint))
}

interface ConstraintInstance {
  validate(value: unknown, args: RuleArguments): unknown
  defaultMessage?(args: RuleArguments): string
}

function toRule(metadata: Metadata, kind: Rule['kind'], name: string, constraint: Constraint | undefined): Rule {
  // Asked for on first use: `useContainer` may be called after the classes are read.
  let instance: ConstraintInstance | undefined
  const resolve = () => (instance ??= constraint!.instance as unknown as ConstraintInstance)
  const isBuiltIn = constraint !== undefined && isOwnConstraint(constraint) && builtInNames.has(name)
  const validate = (value: unknown, args: RuleArguments) => resolve().validate(value, args)
  return {
    kind,
    property: metadata.propertyName,
    name,
    each: metadata.each ?? false,
    constraints: metadata.constraints as readonly unknown[] | undefined,
    groups: metadata.groups,
    always: metadata.always,
    message: metadata.message as Rule['message'],
    context: metadata.context as unknown,
    validateIf: metadata.validateIf as Rule['validateIf'],
    isAsync: constraint !== undefined && (constraint.async || isAsyncFunction(constraint.target)),
    isBuiltIn,
    isRegistered: kind !== 'custom' || constraint !== undefined,
    validate: !constraint ? () => true : isBuiltIn ? failing(validate) : validate,
    defaultMessage: constraint
      ? (args) => {
          const validator = resolve()
          return validator.defaultMessage instanceof Function ? validator.defaultMessage(args) : ''
        }
      : () => '',
  }
}

/** The class that `ValidateBy` makes; a user's `@ValidatorConstraint` has a name of its own. */
function isOwnConstraint({ target }: Constraint): boolean {
  return (target as Class).name === 'CustomConstraint'
}

/** class-validator's rules meet values that they do not expect with an exception, which is no fault of the application. */
function failing(validate: Rule['validate']): Rule['validate'] {
  return (value, args) => {
    try {
      return validate(value, args)
    } catch (error) {
      if (error instanceof TypeError || error instanceof URIError || error instanceof RangeError) return false
      throw error
    }
  }
}

function isAsyncFunction(constraintClass: Constraint['target']): boolean {
  const prototype = (constraintClass as Class).prototype as Partial<ConstraintInstance> | undefined
  return Object.prototype.toString.call(prototype?.validate) === '[object AsyncFunction]'
}

/** A condition that lets null pass without asking the other rules, as `{ nullable: true }` promises. */
export function allowNull(property: string): Rule {
  return {
    kind: 'conditional',
    property,
    name: 'nullable',
    each: false,
    constraints: [(_object: object, value: unknown) => value !== null],
    groups: undefined,
    always: undefined,
    message: undefined,
    context: undefined,
    validateIf: undefined,
    isBuiltIn: false,
    isAsync: false,
    isRegistered: true,
    validate: () => true,
    defaultMessage: () => '',
  }
}
