import type { ValidatorOptions } from 'class-validator'

import { getMetadataStorage } from './class-validator.js'
import { isOwnConstraint, toRules, type Metadata, type Rule } from './rules.js'

/** The options that choose which rules run. */
export type GroupChoice = Pick<ValidatorOptions, 'groups' | 'always' | 'strictGroups'>

/** The rules on one property, by the step in which class-validator runs them. */
export interface PropertyRules {
  readonly property: string
  readonly conditions: readonly Rule[]
  /** `@IsDefined`, which runs even where absent values are skipped. */
  readonly defined: readonly Rule[]
  readonly custom: readonly Rule[]
  readonly nested: readonly Rule[]
  /** Has `@ValidatePromise`. */
  readonly isAwaited: boolean
  /** Rules with a context, in the order in which contexts are handed out. */
  readonly definedContexts: readonly Rule[]
  readonly contexts: readonly Rule[]
  /** What runs for each item of a list, set or map: the nested rules again, on lists in lists as well. */
  readonly ofItems: PropertyRules | undefined
}

/** The rules of one class under one choice of groups. */
export interface ClassRules {
  /** In the order in which class-validator visits them. */
  readonly properties: readonly PropertyRules[]
  /** What class-validator asks for whitelisting: by property, with the members of `Object.prototype` that count as known there. */
  readonly grouped: Readonly<Record<string, readonly unknown[] | undefined>>
}

type Storage = ReturnType<typeof getMetadataStorage>
type Lists = ReadonlyMap<unknown, readonly unknown[]>

/** Private in class-validator's types. Absent in a storage that another version of class-validator has made. */
interface StoredLists {
  readonly validationMetadatas?: Lists
  readonly constraintMetadatas?: Lists
}

/** A list of the storage as it was when it was read. Lists only grow, and a storage that was cleared makes new ones. */
interface Reading {
  readonly lists: Lists
  readonly key: unknown
  readonly list: readonly unknown[] | undefined
  readonly length: number
}

/** What is known of one class, as long as nothing is added to class-validator's storage that could change it. */
class KnownClass {
  readonly #type: unknown
  readonly #storage: Storage
  readonly #classes: Lists
  #classCount: number
  readonly #family: readonly Reading[]
  readonly #constraints: readonly Reading[]
  readonly #chosen = new Map<string, ClassRules>()
  #all: ClassRules | undefined

  /** Compiled on first use, or found not to be compilable: see `is-known-valid.ts`. */
  check: ((object: object, whitelist: boolean) => boolean) | false | undefined

  constructor(type: unknown, storage: Storage, { validationMetadatas, constraintMetadatas }: Required<StoredLists>) {
    this.#type = type
    this.#storage = storage
    this.#classes = validationMetadatas
    this.#classCount = validationMetadatas.size
    this.#family = readFamily(type, validationMetadatas)
    this.#constraints = readConstraints(this.#family, constraintMetadatas)
  }

  /**
   * Whether class-validator would still find the same. A decorator that runs late, `registerDecorator`, a schema or a cleared
   * storage change the number of classes, the length of a list or the list itself. That is asked instead of all classes.
   */
  isCurrent(storage: Storage): boolean {
    if (storage !== this.#storage || !this.#family.every(isUnchanged) || !this.#constraints.every(isUnchanged))
      return false
    if (this.#classes.size === this.#classCount) return true
    // A class that is declared late concerns those below it only.
    const family = readFamily(this.#type, this.#classes)
    if (family.length !== this.#family.length || !family.every(({ key }, index) => key === this.#family[index]!.key))
      return false
    this.#classCount = this.#classes.size
    return true
  }

  /** The rules that run under this choice. */
  choose(choice: GroupChoice): ClassRules {
    if (choosesAll(choice)) return (this.#all ??= this.#read(choice))
    const key = keyOf(choice)
    const known = key === undefined ? undefined : this.#chosen.get(key)
    if (known) return known
    const rules = this.#read(choice)
    if (key !== undefined && this.#chosen.size < maxChoices) this.#chosen.set(key, rules)
    return rules
  }

  #read(choice: GroupChoice): ClassRules {
    return toClassRules(find(this.#type, this.#storage, choice), this.#storage)
  }
}

/** Groups may come with the request: they must not fill the memory. */
const maxChoices = 64

const knownClasses = new WeakMap<object, KnownClass>()

/** What is known of a value's constructor; undefined where nothing can be remembered. Throws what class-validator throws. */
export function knownClass(type: unknown): KnownClass | undefined {
  const storage = getMetadataStorage()
  if (typeof type !== 'function') return undefined
  const known = knownClasses.get(type)
  if (known?.isCurrent(storage)) return known
  const { validationMetadatas, constraintMetadatas } = storage as unknown as StoredLists
  if (!(validationMetadatas instanceof Map && constraintMetadatas instanceof Map)) return undefined
  const read = new KnownClass(type, storage, { validationMetadatas, constraintMetadatas })
  knownClasses.set(type, read)
  return read
}

/** The rules that class-validator would run for an object of this constructor, which may be any value. */
export function readClassRules(type: unknown, choice: GroupChoice): ClassRules {
  const known = knownClass(type)
  if (known) return known.choose(choice)
  const storage = getMetadataStorage()
  return toClassRules(find(type, storage, choice), storage)
}

/** `always` has a say only where groups do. */
export function choosesAll({ groups, strictGroups }: GroupChoice): boolean {
  return !strictGroups && !(groups && groups.length > 0)
}

function keyOf({ groups, always, strictGroups }: GroupChoice): string | undefined {
  if (groups && !(Array.isArray(groups) && groups.every((group) => typeof group === 'string'))) return undefined
  return JSON.stringify([Boolean(always), Boolean(strictGroups), groups])
}

function find(type: unknown, storage: Storage, { groups, always, strictGroups }: GroupChoice): Metadata[] {
  return storage.getTargetValidationMetadatas(
    type as Parameters<Storage['getTargetValidationMetadatas']>[0],
    // A schema is registered under its name, where an object's class is looked for: it has no rules for any object.
    '',
    always ?? false,
    strictGroups ?? false,
    groups,
  )
}

function toClassRules(found: Metadata[], storage: Storage): ClassRules {
  const grouped = storage.groupByPropertyName(found)
  return {
    grouped,
    properties: Object.entries(grouped).map(([property, metadatas]) => toPropertyRules(property, metadatas)),
  }
}

function toPropertyRules(property: string, metadatas: readonly Metadata[]): PropertyRules {
  const defined = metadatas.filter(({ type }) => type === 'isDefined').flatMap(toRules)
  const rules = metadatas.filter(({ type }) => type !== 'isDefined').flatMap(toRules)
  const custom = rules.filter(({ kind }) => kind === 'custom')
  const nested = rules.filter(({ kind }) => kind === 'nested')
  return {
    property,
    conditions: rules.filter(({ kind }) => kind === 'conditional'),
    defined,
    custom,
    nested,
    isAwaited: rules.some(({ kind }) => kind === 'promise'),
    definedContexts: defined.filter(hasContext),
    contexts: [...rules.filter(({ kind }) => kind !== 'allow'), ...custom].filter(hasContext),
    ofItems: nested.length > 0 ? ofItems(property, nested) : undefined,
  }
}

function ofItems(property: string, nested: readonly Rule[]): PropertyRules {
  const contexts = nested.filter(hasContext)
  const none = { conditions: [], defined: [], custom: [], isAwaited: false, definedContexts: [] }
  return { ...none, property, nested, contexts, ofItems: undefined }
}

function hasContext({ context }: Rule): boolean {
  return Boolean(context)
}

/** The lists of a class and of those it inherits from; of a class without rules, any list, to notice a cleared storage. */
function readFamily(type: unknown, classes: Lists): readonly Reading[] {
  const { prototype } = type as { readonly prototype: unknown }
  const ancestors = [...classes.keys()].filter((key) => prototype instanceof (key as new () => unknown))
  const family = classes.has(type) ? [type, ...ancestors] : ancestors
  return (family.length > 0 ? family : [...classes.keys()].slice(0, 1)).map((key) => reading(classes, key))
}

/** A class may be made a validator after the property that it validates was decorated. */
function readConstraints(family: readonly Reading[], constraints: Lists): readonly Reading[] {
  const metadatas = family.flatMap(({ list }) => (list ?? []) as readonly Metadata[])
  const classes = new Set(metadatas.map(({ constraintCls }) => constraintCls as unknown))
  return [...classes]
    .filter((key) => key !== undefined && !isOwnConstraint(key))
    .map((key) => reading(constraints, key))
}

function isUnchanged({ lists, key, list, length }: Reading): boolean {
  return lists.get(key) === list && (list === undefined || list.length === length)
}

function reading(lists: Lists, key: unknown): Reading {
  const list = lists.get(key)
  return { lists, key, list, length: list?.length ?? 0 }
}
