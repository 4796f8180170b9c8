import type { BindingRecord } from '../decorators/binding.js'
import { propertyType, type Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import {
  E_FIELD_ELEMENT_TYPE,
  E_FIELD_EXCLUDED,
  E_INPUT_CONSTRUCTOR,
  E_INPUT_EMPTY,
} from '../errors/catalogue/binding.js'
import { E_METADATA_MISSING } from '../errors/catalogue/container.js'
import { E_OUTPUT_EMPTY, E_OUTPUT_FIELD_TYPE, E_OUTPUT_NAME } from '../errors/catalogue/response.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { allowNull } from '../validation/rules.js'
import { checkDiscriminators } from './check-discriminators.js'
import { checkRules } from './check-rules.js'
import { isEmpty, type ClassReading, type FieldReading } from './class-reading.js'
import { readDeclarations, type Declarations } from './declarations.js'
import { fieldNotes } from './field-notes.js'
import { freezeFields, freezePlan } from './freeze-plan.js'
import type { FieldPlan, ObjectPlan, Transform } from './object-plan.js'
import { storageOf, toObjectPlan } from './object-shape.js'
import { readValueType } from './read-value-type.js'
import { isRequired, maybeNull } from './required-field.js'
import {
  isLeftOut,
  readExposedName,
  readTransformerType,
  readTransforms,
  type Direction,
} from './transformer-metadata.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The reading of one class and of all that it leads to, one after another: they may be nested more deeply than a stack could follow. */
interface Session {
  readonly direction: Direction
  readonly drafts: Draft[]
}

interface Draft extends ClassReading {
  readonly session: Session
  readonly where: string | undefined
  readonly plan: Mutable<ObjectPlan>
  readonly fields: FieldReading[]
  readonly problems: LokstraError[]
  readonly nested: Set<ClassReading>
  readonly mentions: Mention[]
  isStarted: boolean
  isRead: boolean
}

/** A field that holds another class. */
interface Mention {
  readonly nested: Draft
  readonly property: string
  readonly site: string | undefined
}

const readings = { input: new WeakMap<Class, Draft>(), output: new WeakMap<Class, Draft>() }

/** @param where  place that problems name where no decorator knows one */
export function readClass(type: Class, direction: Direction, where: string | undefined): ClassReading {
  const session: Session = { direction, drafts: [] }
  try {
    const reading = readingOf(session, type, where)
    // Reading one adds those that are nested in it.
    for (const draft of session.drafts) readDraft(draft)
    // Only now is it known of nested classes whether they have fields and rules.
    for (const draft of session.drafts) {
      refuseEmpty(draft)
      requireFields(draft)
      if (direction === 'input') checkDiscriminators(draft)
    }
    for (const draft of session.drafts) freezeDraft(draft)
    return reading
  } catch (error) {
    // A function of the user's, such as that of @Type, threw: whoever asks next meets the error too, and not half a class.
    for (const draft of session.drafts) readings[direction].delete(draft.type)
    throw error
  }
}

/** What is known of the class; otherwise it is read when its turn comes. */
function readingOf(session: Session, type: Class, where: string | undefined): Draft {
  const { direction, drafts } = session
  const known = readings[direction].get(type)
  if (known) return known
  const plan = { type, fields: [], hasAccessors: false, hasFixedShape: false }
  const lists = { fields: [], problems: [], nested: new Set<ClassReading>(), mentions: [] }
  const draft: Draft = { session, type, where, plan, ...lists, isStarted: false, isRead: false }
  drafts.push(draft)
  readings[direction].set(type, draft)
  return draft
}

function readDraft(draft: Draft): void {
  if (draft.isStarted) return
  draft.isStarted = true
  readFields(draft)
  const { type, fields, session } = draft
  const filled = fields.filter((field) => isFieldOfPlainData(field, session.direction))
  Object.assign(draft.plan, toObjectPlan(type, filled))
  draft.isRead = true
}

/** Fields that say where they come from are filled from there alone, never from the object around them. */
function isFieldOfPlainData({ binding }: FieldReading, direction: Direction): boolean {
  return direction === 'output' || (binding?.source ?? 'body') === 'body'
}

function readFields(draft: Draft): void {
  const { type, where, problems, fields } = draft
  const { direction } = draft.session
  problems.push(...misusesOf(type))
  const declarations = readDeclarations(type, direction, (reason) => {
    if (direction === 'input') problems.push(lokstraError(E_INPUT_CONSTRUCTOR, { type: type.name, reason }, where))
  })
  const withoutMetadata: string[] = []
  for (const property of declarations.properties) {
    const binding = declarations.bindings.get(property)
    if (isLeftOut(type, property, direction)) {
      if (binding && direction === 'input') {
        const params = { field: `${type.name}.${property}`, source: binding.source }
        problems.push(lokstraError(E_FIELD_EXCLUDED, params, binding.site))
      }
      continue
    }
    if (direction === 'input' && isWithoutMetadata(type, property, declarations)) withoutMetadata.push(property)
    fields.push(readField(draft, property, declarations))
  }
  if (withoutMetadata.length > 0) {
    const what = `${type.name} (${withoutMetadata.join(', ')})`
    problems.push(lokstraError(E_METADATA_MISSING, { what }, fields[0]?.site))
  }
  if (direction === 'output') refuseSameNames(draft)
}

function readField(draft: Draft, property: string, declarations: Declarations): FieldReading {
  const { type, where, problems } = draft
  const { direction } = draft.session
  const binding = declarations.bindings.get(property)
  const options = declarations.optionsOf(property)
  const site = declarations.siteOf(property) ?? where
  const rules = declarations.rules.get(property) ?? []
  const defaultValue = initialValue(declarations.sample, property)
  let untypedElement: LokstraError | undefined
  let isUntyped = false
  const valueType = readValueType({
    type,
    property,
    direction,
    rules,
    options,
    unit: declarations.units.get(property),
    defaultValue,
    report: (definition, params) => problems.push(lokstraError(definition, params, site)),
    reportUntypedElement: () => {
      isUntyped = true
      untypedElement = lokstraError(E_FIELD_ELEMENT_TYPE, { field: `${type.name}.${property}` }, site)
      if (direction === 'output') problems.push(untypedElement)
    },
    reportUntyped: () => {
      isUntyped = true
      // Of an undecorated property the compiler tells nothing, so that it may be of a type as simple as string.
      const isKnown =
        Reflect.hasMetadata('design:type', type.prototype as object, property) ||
        (defaultValue as object | null | undefined)?.constructor === Object
      if (direction === 'output' && isKnown)
        problems.push(lokstraError(E_OUTPUT_FIELD_TYPE, { field: `${type.name}.${property}` }, site))
    },
    planOf: (nestedType) => readNested(draft, nestedType, property, site),
  })
  if (direction === 'input') checkRules({ type, property, rules, valueType, defaultValue, site }, problems)
  // `@Body('*') all!: Map<string, unknown>` asks for whatever the body holds.
  if (binding?.name === '*' && valueType.kind === 'map') untypedElement = undefined
  const transforms = readFieldTransforms(type, property, direction)
  if (transforms.length > 0 || rules.some(({ name }) => objectRules.has(name))) isUntyped = false
  const plan: FieldPlan = {
    property,
    name: wireName(type, property, direction === 'input' ? binding : undefined),
    type: valueType,
    nullable: options.nullable ?? maybeNull({ type, property, rules, valueType, defaultValue }),
    isRequired: false,
    defaultValue,
    transforms,
    rules: options.nullable ? [allowNull(property), ...rules] : [...rules],
    notes: fieldNotes(options, rules),
  }
  return { plan, rules, binding, site, untypedElement, isUntyped, storage: storageOf(declarations.sample, property) }
}

const objectRules: ReadonlySet<string> = new Set(['isObject', 'isNotEmptyObject'])

/** Undefined where the values of a class say themselves what they are written as. */
function readNested(
  draft: Draft,
  type: Class,
  property: string,
  site: string | undefined,
): (() => ObjectPlan) | undefined {
  const nested = readingOf(draft.session, type, site)
  draft.nested.add(nested)
  draft.mentions.push({ nested, property, site })
  if (draft.session.direction === 'output' && writesItself(type)) {
    // It does only where no field is declared, and so it has to be read at once.
    readDraft(nested)
    if (isEmpty(nested)) return undefined
  }
  return () => nested.plan
}

function refuseEmpty({ type, mentions, problems, session: { direction } }: Draft): void {
  const definition = direction === 'input' ? E_INPUT_EMPTY : E_OUTPUT_EMPTY
  for (const { nested, property, site } of mentions) {
    if (!isEmpty(nested) || (direction === 'output' && writesItself(nested.type))) continue
    problems.push(lokstraError(definition, { type: nested.type.name, where: `${type.name}.${property}` }, site))
  }
}

/** Whether JSON asks the instances of a class themselves, such as decimals and dates of libraries. */
export function writesItself(type: Class): boolean {
  return typeof (type.prototype as { toJSON?: unknown }).toJSON === 'function'
}

function wireName(type: Class, property: string, binding: BindingRecord | undefined): string {
  const given = binding?.name === '*' ? property : binding?.name
  return given ?? readExposedName(type, property) ?? property
}

/** What the initialiser gives; a getter may fail on an object that nothing has filled. */
function initialValue(sample: Readonly<Record<string, unknown>>, property: string): unknown {
  // What every object inherits, such as `__proto__`, is no value of the class.
  if (property in Object.prototype && !Object.hasOwn(sample, property)) return undefined
  try {
    return typeof sample[property] === 'function' ? undefined : sample[property]
  } catch {
    return undefined
  }
}

function readFieldTransforms(type: Class, property: string, direction: Direction): readonly Transform[] {
  const transforms = readTransforms(type, property, direction)
  const isMethod = direction === 'output' && propertyType(type.prototype as object, property) === Function
  return isMethod ? [callMethod, ...transforms] : transforms
}

/** class-transformer writes what an exposed method returns. */
const callMethod: Transform = ({ value, obj }) => (typeof value === 'function' ? (value.call(obj) as unknown) : value)

function isWithoutMetadata(type: Class, property: string, { units, optionsOf }: Declarations): boolean {
  if (units.has(property) || optionsOf(property).type || readTransformerType(type, property)) return false
  return !Reflect.hasMetadata('design:type', type.prototype as object, property)
}

function refuseSameNames({ type, where, fields, problems }: Draft): void {
  const byName = new Map<string, FieldPlan>()
  for (const { plan, site } of fields) {
    const other = byName.get(plan.name)
    byName.set(plan.name, plan)
    if (!other) continue
    const params = { type: type.name, first: other.property, second: plan.property, name: plan.name }
    problems.push(lokstraError(E_OUTPUT_NAME, params, site ?? where))
  }
}

function requireFields({ fields }: Draft): void {
  for (const { plan, rules } of fields) (plan as Mutable<FieldPlan>).isRequired = isRequired(plan, rules)
}

/** Freezes all fields, those that no plain data fills as well. */
function freezeDraft({ plan, fields }: Draft): void {
  freezeFields(fields.map((field) => field.plan))
  freezePlan(plan)
}
