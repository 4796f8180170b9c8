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
import { E_OUTPUT_EMPTY, E_OUTPUT_NAME } from '../errors/catalogue/response.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { allowNull } from '../validation/rules.js'
import { checkRules } from './check-rules.js'
import { isEmpty, type ClassReading, type FieldReading } from './class-reading.js'
import { readDeclarations, type Declarations } from './declarations.js'
import { fieldNotes } from './field-notes.js'
import { freezePlan } from './freeze-plan.js'
import type { FieldPlan, ObjectPlan, Transform } from './input-plan.js'
import { isVague, readValueType } from './read-value-type.js'
import { isRequired } from './required-field.js'
import {
  isLeftOut,
  readExposedName,
  readTransformerType,
  readTransforms,
  type Direction,
} from './transformer-metadata.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Draft extends ClassReading {
  readonly direction: Direction
  readonly fields: FieldReading[]
  readonly problems: LokstraError[]
  readonly nested: Set<ClassReading>
  isRead: boolean
}

const readings = { input: new WeakMap<Class, ClassReading>(), output: new WeakMap<Class, ClassReading>() }
/** How many classes are being read, one nested in the other. */
let depth = 0
/** What waits for the outermost class, because only then are circles complete. */
const toFinish: (() => void)[] = []

/** @param where  place that problems name where no decorator knows one */
export function readClass(type: Class, direction: Direction, where: string | undefined): ClassReading {
  const known = readings[direction].get(type)
  if (known) return known
  const planFields: FieldPlan[] = []
  const plan: ObjectPlan = { type, fields: planFields }
  const draft: Draft = { direction, type, plan, fields: [], problems: [], nested: new Set(), isRead: false }
  readings[direction].set(type, draft)
  depth++
  try {
    readFields(draft, where)
    planFields.push(...draft.fields.filter((field) => isFieldOfPlainData(field, direction)).map((field) => field.plan))
    draft.isRead = true
    toFinish.push(() => finish(draft))
  } catch (error) {
    // A function of the user's, such as that of @Type, threw: whoever asks next meets the error too, and not half a class.
    readings[direction].delete(type)
    throw error
  } finally {
    if (--depth === 0) for (const one of toFinish.splice(0)) one()
  }
  return draft
}

/** Fields that say where they come from are filled from there alone, never from the object around them. */
function isFieldOfPlainData({ binding }: FieldReading, direction: Direction): boolean {
  return direction === 'output' || (binding?.source ?? 'body') === 'body'
}

function readFields(draft: Draft, where: string | undefined): void {
  const { type, direction, problems, fields } = draft
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
    fields.push(readField(draft, property, declarations, where))
  }
  if (withoutMetadata.length > 0) {
    const what = `${type.name} (${withoutMetadata.join(', ')})`
    problems.push(lokstraError(E_METADATA_MISSING, { what }, fields[0]?.site))
  }
  if (direction === 'output') refuseSameNames(draft, where)
}

function readField(
  draft: Draft,
  property: string,
  declarations: Declarations,
  where: string | undefined,
): FieldReading {
  const { type, direction, problems } = draft
  const binding = declarations.bindings.get(property)
  const options = declarations.optionsOf(property)
  const site = declarations.siteOf(property) ?? where
  const rules = declarations.rules.get(property) ?? []
  const defaultValue = initialValue(declarations.sample, property)
  let untypedElement: LokstraError | undefined
  const valueType = readValueType({
    type,
    property,
    rules,
    options,
    unit: declarations.units.get(property),
    defaultValue,
    report: (definition, params) => problems.push(lokstraError(definition, params, site)),
    reportUntypedElement: () => {
      untypedElement = lokstraError(E_FIELD_ELEMENT_TYPE, { field: `${type.name}.${property}` }, site)
    },
    planOf: (nestedType) => readNested(draft, nestedType, property, site),
  })
  if (direction === 'input') checkRules({ type, property, rules, valueType, site }, problems)
  // `@Body('*') all!: Map<string, unknown>` asks for whatever the body holds.
  if (binding?.name === '*' && valueType.kind === 'map') untypedElement = undefined
  const plan: Mutable<FieldPlan> = {
    property,
    name: wireName(type, property, direction === 'input' ? binding : undefined),
    type: valueType,
    // `Object` is emitted for unions, which may have null in them, and for properties with nothing but an initialiser.
    nullable:
      options.nullable ??
      (isVague(propertyType(type.prototype as object, property)) && (defaultValue ?? null) === null),
    isRequired: false,
    defaultValue,
    transforms: readFieldTransforms(type, property, direction),
    rules: options.nullable ? [allowNull(property), ...rules] : [...rules],
    notes: fieldNotes(options, rules),
  }
  // Only when the outermost class is read is it known whether a nested one has rules.
  toFinish.push(() => (plan.isRequired = isRequired(plan, rules)))
  return { plan, binding, site, untypedElement }
}

/** Undefined where the values of a class say themselves what they are written as. */
function readNested(
  draft: Draft,
  type: Class,
  property: string,
  site: string | undefined,
): (() => ObjectPlan) | undefined {
  const reading = readClass(type, draft.direction, site)
  draft.nested.add(reading)
  if (!isEmpty(reading)) return () => reading.plan
  if (draft.direction === 'output' && hasToJson(type)) return undefined
  const definition = draft.direction === 'input' ? E_INPUT_EMPTY : E_OUTPUT_EMPTY
  const where = `${draft.type.name}.${property}`
  draft.problems.push(lokstraError(definition, { type: type.name, where }, site))
  return () => reading.plan
}

/** Such as decimals and dates of libraries: JSON asks the value itself. */
export function hasToJson(type: Class): boolean {
  return typeof (type.prototype as { toJSON?: unknown }).toJSON === 'function'
}

function wireName(type: Class, property: string, binding: BindingRecord | undefined): string {
  const given = binding?.name === '*' ? property : binding?.name
  return given ?? readExposedName(type, property) ?? property
}

/** What the initialiser gives; a getter may fail on an object that nothing has filled. */
function initialValue(sample: Readonly<Record<string, unknown>>, property: string): unknown {
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

function refuseSameNames({ type, fields, problems }: Draft, where: string | undefined): void {
  const byName = new Map<string, FieldPlan>()
  for (const { plan, site } of fields) {
    const other = byName.get(plan.name)
    byName.set(plan.name, plan)
    if (!other) continue
    const params = { type: type.name, first: other.property, second: plan.property, name: plan.name }
    problems.push(lokstraError(E_OUTPUT_NAME, params, site ?? where))
  }
}

/** Freezes all fields, those that no plain data fills as well. */
function finish({ plan, fields }: Draft): void {
  freezePlan({ type: plan.type, fields: fields.map((field) => field.plan) })
  freezePlan(plan)
}
