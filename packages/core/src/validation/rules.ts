import type { Class } from '../decorators/metadata.js'
import { withPreTest } from './pre-tests/find-pre-test.js'
import { getMetadataStorage, registerDecorator } from './class-validator.js'
import { withIndex } from './indexed-list.js'
import { hasOwnWords } from './own-words.js'

/** What class-validator hands to validators and message functions; `constraints` is undefined for rules without any. */
export interface RuleArguments {
  readonly targetName: string | undefined
  readonly property: string
  readonly object: object
  readonly value: unknown
  readonly constraints: readonly unknown[] | undefined
}

/** What one decorator of class-validator says of one property. */
export interface DeclaredRule {
  /**
   * `custom` asks a validator, of class-validator or of the user; `nested` is `@ValidateNested`, `promise` is `@ValidatePromise`,
   * `allow` is `@Allow`. While a `conditional` one, such as `@IsOptional` or `@ValidateIf`, does not hold, the others are not asked.
   */
  readonly kind: 'custom' | 'nested' | 'conditional' | 'promise' | 'allow'
  /** The key class-validator reports the rule under, such as `isInt`. */
  readonly name: string
  /** Is one of class-validator's own rules, so that name and constraints mean what they mean there. */
  readonly isBuiltIn: boolean
  /** The arguments of the decorator, such as `[1, 200]` of `@Length(1, 200)`. Undefined for rules without any. */
  readonly constraints: readonly unknown[] | undefined
  /** The rule is about the items of an array, set or map. */
  readonly each: boolean
  /** The rule belongs to these groups. Requests name none, and are held to the rules of all groups. */
  readonly groups: readonly string[] | undefined
  /** The rule holds whichever groups are named. */
  readonly always: boolean | undefined
  /** The rule holds only where this says so. */
  readonly validateIf: ((object: object, value: unknown) => boolean) | undefined
  /** The user's words for a value that breaks the rule; undefined for those of the rule itself. */
  readonly message: string | ((args: RuleArguments) => string) | undefined
  /** What the user attached for whoever reads the error. */
  readonly context: unknown
}

/** A rule with all that running it takes. */
export interface Rule extends DeclaredRule {
  readonly property: string
  /** Declared async, or written as an async function. Other validators may return a promise all the same. */
  readonly isAsync: boolean
  /** Declared async: `validateSync` leaves the rule out. */
  readonly isDeclaredAsync: boolean
  /** False for `@Validate(SomeClass)` where the class lacks `@ValidatorConstraint`: class-validator never runs such a rule. */
  readonly isRegistered: boolean
  /** The validator's answer. A rule of class-validator's own answers false where its validator throws. */
  readonly validate: (value: unknown, args: RuleArguments) => unknown
  /** The validator as class-validator calls it: throws what it throws. */
  readonly original: (value: unknown, args: RuleArguments) => unknown
  readonly defaultMessage: (args: RuleArguments) => string
  /** The class, or the name of the schema, that the rule was declared for. */
  readonly target: Class | string
  /** The key under which class-validator looks whether the rule failed when it hands out contexts. */
  readonly contextKey: string
}

/** The rules of a field of a contract, as they are run: this file has made each of them. */
export function rulesOf({ rules }: { readonly rules: readonly DeclaredRule[] }): readonly Rule[] {
  return rules as readonly Rule[]
}

type Storage = ReturnType<typeof getMetadataStorage>
export type Metadata = ReturnType<Storage['getTargetValidationMetadatas']>[number]
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
    rules.push(...toRules(metadata))
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

/** One rule for each validator that the decorator stands for, which is one unless a class was made a validator twice. */
export function toRules(metadata: Metadata): Rule[] {
  const kind = kinds[metadata.type] ?? 'custom'
  if (kind !== 'custom') return [toRule(metadata, kind, metadata.name ?? metadata.type, undefined, metadata.type)]
  const constraints = getMetadataStorage().getTargetValidatorConstraints(metadata.constraintCls)
  const contextKey = constraints[0]?.name || metadata.type
  if (constraints.length === 0)
    return [toRule(metadata, kind, metadata.constraintCls?.name || metadata.type, undefined, contextKey)]
  return constraints.map((constraint) =>
    toRule(metadata, kind, constraint.name || metadata.type, constraint, contextKey),
  )
}

interface ConstraintInstance {
  validate(value: unknown, args: RuleArguments): unknown
  defaultMessage?(args: RuleArguments): string
}

function toRule(
  metadata: Metadata,
  kind: Rule['kind'],
  name: string,
  constraint: Constraint | undefined,
  contextKey: string,
): Rule {
  const isOwn = constraint !== undefined && isOwnConstraint(constraint.target)
  const resolve = constraint ? (isOwn ? once(constraint.target) : () => instanceOf(constraint)) : undefined
  const validate = resolve ? (value: unknown, args: RuleArguments) => resolve().validate(value, args) : () => true
  const isBuiltIn = isOwn && hasOwnWords(name, () => sayOf(constraint.target, metadata))
  const quick = name === 'arrayUnique' ? withIndex(validate) : withPreTest(name, metadata.constraints, validate)
  const original = isBuiltIn ? quick : validate
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
    isDeclaredAsync: constraint?.async ?? false,
    isBuiltIn,
    isRegistered: kind !== 'custom' || constraint !== undefined,
    validate: isBuiltIn ? failing(original) : original,
    original,
    defaultMessage: resolve
      ? (args) => {
          const validator = resolve()
          return validator.defaultMessage instanceof Function ? validator.defaultMessage(args) : ''
        }
      : () => '',
    target: metadata.target as Class | string,
    contextKey,
  }
}

/** Asked for each time, as class-validator does: the container decides how long a validator lives. */
function instanceOf(constraint: Constraint): ConstraintInstance {
  return constraint.instance as unknown as ConstraintInstance
}

/** Without a container, which class-validator searches from end to end on each call; made on first use. */
function once(constraintClass: Constraint['target']): () => ConstraintInstance {
  let instance: ConstraintInstance | undefined
  return () => (instance ??= new (constraintClass as Class)() as ConstraintInstance)
}

/** What the validator says of an empty text. */
function sayOf(constraintClass: Constraint['target'], { propertyName, constraints }: Metadata): string {
  const validator = new (constraintClass as Class)() as Required<ConstraintInstance>
  return validator.defaultMessage({ targetName: '', property: propertyName, object: {}, value: '', constraints })
}

/**
 * The class that `registerDecorator` wraps around a validator that is no class: its text is part of that function's. Its
 * instances are all alike, so no container has a say in them.
 */
export function isOwnConstraint(constraintClass: unknown): boolean {
  return (
    typeof constraintClass === 'function' &&
    registrationText.includes(Function.prototype.toString.call(constraintClass))
  )
}

const registrationText = Function.prototype.toString.call(registerDecorator)

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
    isDeclaredAsync: false,
    isRegistered: true,
    validate: () => true,
    original: () => true,
    defaultMessage: () => '',
    target: Object as Class,
    contextKey: 'conditionalValidation',
  }
}
