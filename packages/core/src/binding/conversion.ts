import type { ObjectPlan } from '../contract/object-plan.js'
import {
  isScalar,
  type CollectionType,
  type ScalarType,
  type UnionType,
  type ValueType,
} from '../contract/value-type.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { isRecord } from '../objects/is-record.js'
import { getProperty, setProperty } from '../objects/set-property.js'
import { compiledObject, type Engine } from './compile-object.js'
import { maxIssues } from './findings.js'
import { nullIssue, unconvertedIssue, typeIssue, type Issue } from './issue.js'
import { describeList, splitListText } from './list-text.js'
import type { BindMode } from './mode.js'
import { placeAt, type Place } from './place.js'
import { prepare, wrongFields, type PreparedField, type PreparedObject } from './prepare.js'
import { readKey, readName, toItems, toRecord } from './raw-value.js'
import type { Refusals } from './refusals.js'
import { convertScalar, invalid, isUnconverted, type Unconverted } from './scalar.js'
import { applyTransforms } from './transform.js'

/** Comparing names costs the product of their lengths, and clients choose theirs. */
const maxComparedLength = 64
/** A client that sends so many unknown keys did not mistype a name. */
const maxHinted = 10

/** Kept apart until the rules run, so that issues come in the order of the fields. */
export interface FieldFailure {
  readonly issues: readonly Issue[]
  /** What could be converted; its nested objects are still checked. */
  readonly partial: unknown
  /** What type rules are asked about, for their words. */
  readonly raw: unknown
}

type InterpretedItem = readonly [key: string | number, item: unknown]

/** An instance that is filled field by field, or a list that holds such. */
export interface Interpreted {
  readonly object?: PreparedObject
  readonly wrong?: readonly number[] | undefined
  readonly items?: readonly InterpretedItem[]
}

/**
 * Fills instances from raw values by their plans, without any rule. What emitted code accepts is taken as it is, so that of an
 * invalid input only the objects around what is wrong are interpreted.
 */
export class Conversion {
  readonly #engine: Engine
  readonly #stopsEarly: boolean
  readonly #refusals: Refusals
  #hasStopped = false
  #failures: Map<object, Map<string, FieldFailure>> | undefined
  #unknown: Map<object, Issue[]> | undefined
  #interpreted: Map<object, Interpreted> | undefined
  #kept: Set<object> | undefined
  #failureCount = 0
  #unknownCount = 0

  /**
   * @param stopsEarly  of a list, no more items are converted than there can be issues
   * @param refusals  what emitted code has found out about the input
   */
  constructor(engine: Engine, stopsEarly: boolean, refusals: Refusals) {
    this.#engine = engine
    this.#stopsEarly = stopsEarly
    this.#refusals = refusals
  }

  /** Whether a list is incomplete. Without any issue the items that made it so were right after all. */
  get hasStopped(): boolean {
    return this.#hasStopped
  }

  failureOf(target: object, property: string): FieldFailure | undefined {
    return this.#failures?.get(target)?.get(property)
  }

  unknownOf(target: object): readonly Issue[] | undefined {
    return this.#unknown?.get(target)
  }

  /** Whether an initialiser gave it: nobody has checked it. */
  isKept(value: object): boolean {
    return this.#kept !== undefined && this.#kept.has(value)
  }

  /** Transforms and converts one value, which must not be undefined. */
  fill(target: object, field: PreparedField, raw: unknown, holder: unknown, parent: Place, mode: BindMode): void {
    const value = field.plan.transforms.length === 0 ? raw : applyTransforms(field.plan, raw, holder)
    if (value === undefined) this.keep(target, field)
    else this.set(target, field, value, value === invalid ? raw : value, parent, mode)
  }

  /**
   * Converts one value and sets the property unless its type is wrong; {@link invalid} is of no type.
   * @param raw  what is reported
   */
  set(target: object, field: PreparedField, value: unknown, raw: unknown, parent: Place, mode: BindMode): void {
    const { property, type } = field
    const key = field.isWildcard ? undefined : field.name
    if (value === null) {
      if (field.nullable) setProperty(target, property, null)
      else
        this.#remember(target, property, { issues: [nullIssue(placeAt(parent, key), type)], partial: undefined, raw })
      return
    }
    if (field.isScalar && value !== invalid) {
      const scalar = convertScalar(type as ScalarType, value, mode.text)
      if (!isUnconverted(scalar)) {
        setProperty(target, property, scalar)
        return
      }
    }
    const issues: Issue[] = []
    const before = this.#failureCount
    const converted = value === invalid ? undefined : this.#convert(type, value, parent, key, mode, issues)
    if (value === invalid) issues.push(typeIssue(placeAt(parent, key), type, raw))
    if (issues.length === 0 && this.#failureCount === before) {
      setProperty(target, property, converted)
      return
    }
    if (mode.listText && isScalarList(type) && !Array.isArray(raw)) {
      const issue = textListIssue(placeAt(parent, key), type.element, raw)
      this.#remember(target, property, { issues: [issue], partial: undefined, raw })
      return
    }
    const judged = mode.isForm && (type.kind === 'array' || type.kind === 'set') ? toItems(raw) : raw
    this.#remember(target, property, { issues, partial: converted, raw: judged })
  }

  /** Leaves what the initialiser gave. */
  keep(target: object, field: PreparedField): void {
    if (field.isScalar) return
    const value = getProperty(target, field.property)
    if (typeof value === 'object' && value !== null) (this.#kept ??= new Set()).add(value)
  }

  /** Makes an instance of the plan's class from a JSON object or alike; undefined with an issue when it is none. */
  object(plan: ObjectPlan, raw: unknown, place: Place, mode: BindMode, issues: Issue[]): object | undefined {
    return this.#object(plan, raw, place, undefined, mode, issues)
  }

  /**
   * Notes an instance that is filled here.
   * @param wrong  indices of the fields that emitted code could not fill; all without
   */
  interprets(target: object, object: PreparedObject, wrong?: readonly number[]): void {
    ;(this.#interpreted ??= new Map()).set(target, { object, wrong })
  }

  interpretedOf(target: object): Interpreted | undefined {
    return this.#interpreted?.get(target)
  }

  /** Keeps for the report, behind the fields, keys that are not among the known names. */
  rejectUnknown(
    { names }: Pick<PreparedObject, 'names'>,
    target: object,
    raw: object,
    place: Place,
    alsoKnown?: string,
  ): void {
    const candidates = alsoKnown === undefined ? [...names] : [...new Set([...names, alsoKnown])]
    for (const key of Object.keys(raw)) {
      if (names.has(key) || key === alsoKnown) continue
      if (++this.#failureCount > maxIssues) return
      const at = place.child(key)
      const isHinted = ++this.#unknownCount <= maxHinted && key.length <= maxComparedLength
      const hint = isHinted ? didYouMean(key, candidates) : ''
      const message = `${at.label()} is not a known field.${hint}`
      this.#unknown ??= new Map()
      const issues = this.#unknown.get(target) ?? []
      issues.push({ place: at, code: 'unknown', message, value: (raw as Record<string, unknown>)[key], candidates })
      this.#unknown.set(target, issues)
    }
  }

  /** Places are made where something is wrong: `parent` and `key` say where the value is. */
  #convert(
    type: ValueType,
    raw: unknown,
    parent: Place,
    key: string | number | undefined,
    mode: BindMode,
    issues: Issue[],
  ): unknown {
    if (isScalar(type)) {
      const value = convertScalar(type, raw, mode.text)
      if (!isUnconverted(value)) return value
      issues.push(unconvertedIssue(value, placeAt(parent, key), type, raw))
      return undefined
    }
    switch (type.kind) {
      case 'array':
      case 'set': {
        const items = toList(type, raw, mode)
        if (!Array.isArray(items)) break
        const inner: InterpretedItem[] = []
        const values = this.#items(type.element, items, placeAt(parent, key), mode, issues, inner)
        // Of what is wrong only the places count, which a set does not keep.
        return this.#container(type.kind === 'set' && issues.length === 0 ? new Set(values) : values, inner)
      }
      case 'map': {
        const record: unknown = raw instanceof Map ? Object.fromEntries(raw) : mode.isForm ? toRecord(raw) : raw
        if (!isRecord(record)) break
        const inner: InterpretedItem[] = []
        const keys = Object.keys(record)
        const values = this.#items(type.element, Object.values(record), placeAt(parent, key), mode, issues, inner, keys)
        return this.#container(new Map(keys.map((name, index) => [name, values[index]])), inner)
      }
      case 'object':
        return this.#object(type.plan(), raw, parent, key, mode, issues)
      case 'union':
        return this.#variant(type, raw, parent, key, mode, issues)
    }
    issues.push(typeIssue(placeAt(parent, key), type, raw))
    return undefined
  }

  #container<T extends object>(value: T, items: readonly InterpretedItem[]): T {
    if (items.length > 0) (this.#interpreted ??= new Map()).set(value, { items })
    return value
  }

  #items(
    element: ValueType,
    items: readonly unknown[],
    place: Place,
    mode: BindMode,
    issues: Issue[],
    inner: InterpretedItem[],
    keys?: readonly string[],
  ) {
    if (isScalar(element)) return scalarItems(element, items, place, mode, issues, keys)
    const compiled =
      this.#engine === 'compiled' && element.kind === 'object' ? compiledObject(element.plan(), mode) : undefined
    const values: unknown[] = []
    for (let index = 0; index < items.length; index++) {
      const item = items[index]
      // Of a long list with one wrong item this is all that happens to the others.
      const accepted = compiled && !this.#refusals.has(item) ? compiled.bind(item, this.#refusals) : undefined
      if (accepted) {
        values.push(accepted)
        continue
      }
      const key = keys ? keys[index]! : index
      const before = this.#interpreted?.size
      if (item === null) issues.push(nullIssue(place.child(key), element))
      // Undefined keeps the place of what is wrong, by which those behind it are told.
      values.push(item === null ? undefined : this.#convert(element, item, place, key, mode, issues))
      const isOpen = this.#interpreted?.size !== before
      // Before any break: what is not noted here is taken for accepted.
      if (isOpen) inner.push([key, values.at(-1)])
      if (issues.length >= maxIssues || this.#failureCount >= maxIssues) break
      if (isOpen && this.#stopsEarly && inner.length >= maxIssues) {
        this.#hasStopped = true
        break
      }
    }
    return values
  }

  #object(
    plan: ObjectPlan,
    raw: unknown,
    parent: Place,
    key: string | number | undefined,
    mode: BindMode,
    issues: Issue[],
    discriminator?: string,
  ): object | undefined {
    if (!isRecord(raw)) {
      const type: ValueType = { kind: 'object', plan: () => plan }
      const place = placeAt(parent, key)
      issues.push(raw === null ? nullIssue(place, type) : typeIssue(place, type, raw))
      return undefined
    }
    const compiled = this.#engine === 'compiled' ? compiledObject(plan, mode) : undefined
    let refusal = compiled && this.#refusals.take(raw, compiled)
    if (compiled && !refusal) {
      const accepted = compiled.bind(raw, this.#refusals, discriminator)
      if (accepted) return accepted
      refusal = this.#refusals.take(raw, compiled)
    }
    const object = compiled?.object ?? prepare(plan)
    // Where it matters in which order properties are set, nothing of a half-filled instance can be fixed.
    if (!plan.hasFixedShape) refusal = undefined
    const place = placeAt(parent, key)
    const target = refusal?.target ?? (new plan.type() as object)
    const wrong = refusal?.findings.wrong
    this.interprets(target, object, wrong)
    for (const field of wrongFields(object, wrong)) {
      const value = readKey(raw, field)
      if (value === undefined) this.keep(target, field)
      else this.fill(target, field, value, raw, place, mode)
    }
    if (mode.unknown === 'reject') this.rejectUnknown(object, target, raw, place, discriminator)
    return target
  }

  #variant(
    type: UnionType,
    raw: unknown,
    parent: Place,
    key: string | number | undefined,
    mode: BindMode,
    issues: Issue[],
  ): object | undefined {
    const { discriminator, variants } = type
    if (!isRecord(raw)) {
      issues.push(typeIssue(placeAt(parent, key), type, raw))
      return undefined
    }
    const name = readName(raw, discriminator)
    const plan = typeof name === 'string' ? variants.get(name) : undefined
    if (plan) return this.#object(plan(), raw, parent, key, mode, issues, discriminator)
    const at = placeAt(parent, key).child(discriminator)
    const expected = `one of ${[...variants.keys()].join(', ')}`
    const missing = name === undefined
    const message = missing ? `${at.label()} is required: ${expected}` : `${at.label()} must be ${expected}`
    issues.push({ place: at, code: missing ? 'required' : 'type', message, value: name, expected })
    return undefined
  }

  #remember(target: object, property: string, failure: FieldFailure): void {
    this.#failureCount++
    this.#failures ??= new Map()
    const ofTarget = this.#failures.get(target) ?? new Map<string, FieldFailure>()
    ofTarget.set(property, failure)
    this.#failures.set(target, ofTarget)
  }
}

function isScalarList(type: ValueType): type is CollectionType & { readonly element: ScalarType } {
  return (type.kind === 'array' || type.kind === 'set') && isScalar(type.element) && type.element.kind !== 'any'
}

function toList(type: ValueType, raw: unknown, mode: BindMode): unknown {
  if (type.kind === 'set' && raw instanceof Set) return [...(raw as Set<unknown>)]
  if (mode.isForm) return toItems(raw)
  return mode.listText && typeof raw === 'string' && isScalarList(type) ? splitListText(raw) : raw
}

/** Of a list that is no list, or of text with an item that is of the wrong type: whoever wrote text learns how to write it. */
function textListIssue(place: Place, element: ScalarType, value: unknown): Issue {
  const expected = describeList(element)
  return { place, code: 'type', message: `${place.label()} must be ${expected}`, value, expected }
}

/** A field with a wrong item is wrong once, however many there are; objects are told apart by their index. */
function scalarItems(
  element: ScalarType,
  items: readonly unknown[],
  place: Place,
  mode: BindMode,
  issues: Issue[],
  keys: readonly string[] | undefined,
): unknown[] {
  const values: unknown[] = []
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    const value = convertScalar(element, item, mode.text)
    if (isUnconverted(value) || (item === null && element.kind !== 'any')) {
      const at = place.child(keys ? keys[index]! : index)
      issues.push(item === null ? nullIssue(at, element) : unconvertedIssue(value as Unconverted, at, element, item))
      break
    }
    values.push(value)
  }
  return values
}
