import { readBindings, readUnits, type BindingRecord, type Source, type UnitKind } from '../decorators/binding.js'
import { propertyType, type Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import type { HttpVerb } from '../decorators/route.js'
import {
  E_BODY_ON_VERB,
  E_FIELD_ELEMENT_TYPE,
  E_FIELD_NOT_TEXT,
  E_INPUT_CONSTRUCTOR,
  E_INPUT_EMPTY,
  E_INPUT_NOT_CLASS,
  E_PATH_PARAMETER_UNKNOWN,
} from '../errors/catalogue/binding.js'
import { E_METADATA_MISSING } from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { allowNull, readRules } from '../validation/rules.js'
import { describeType } from '../binding/scalar.js'
import { checkRules } from './check-rules.js'
import type { FieldPlan, InputField, InputPlan, ObjectPlan, ValueType } from './input-plan.js'
import { isVague, readValueType } from './read-value-type.js'
import { readTransformerType } from './transformer-type.js'

export interface InputPlanOptions {
  readonly verb: HttpVerb | 'ALL'
  readonly path: string
  /** Names in the operation's path; `*` for a wildcard. */
  readonly pathParameters: readonly string[]
  /** `file:line` of the operation, for problems of properties that know none of their own. */
  readonly where: string
}

/** Reads how a request DTO is filled. Mistakes are added to `problems`; with any, the plan is not to be used. */
export function readInputPlan(dto: Class, options: InputPlanOptions, problems: LokstraError[]): InputPlan {
  const where = `The input of ${options.verb} ${options.path}`
  if (typeof dto !== 'function' || dto === (Object as unknown) || dto === (Function as unknown)) {
    const type = typeof dto === 'function' ? dto.name : String(dto)
    problems.push(lokstraError(E_INPUT_NOT_CLASS, { type, where }, options.where))
    return { type: Object as Class, fields: [], readsBody: false }
  }
  const reading = readClass(dto, options.where)
  addNew(problems, collect(reading))
  const [, ...nested] = reachable(reading)
  addNew(problems, nested.flatMap(untypedElements))
  const fields = reading.fields.map((field) => toInputField(dto, field, options, problems))
  if (fields.length === 0 && reading.problems.length === 0) {
    problems.push(lokstraError(E_INPUT_EMPTY, { type: dto.name, where }, options.where))
  }
  return {
    type: dto,
    fields,
    readsBody: fields.some(({ source }) => source === 'body'),
  }
}

/**
 * Reads one class for binding of plain data: nested objects, configuration. Fields with a binding decorator other than `@Body`
 * are left out, since only their declared source may fill them.
 * @param where  place that problems name where no decorator knows one
 */
export function readObjectPlan(type: Class, problems: LokstraError[], where?: string): ObjectPlan {
  const reading = readClass(type, where)
  addNew(problems, collect(reading))
  addNew(problems, [...reachable(reading)].flatMap(untypedElements))
  return reading.plan
}

interface FieldReading {
  readonly plan: FieldPlan
  readonly binding: BindingRecord | undefined
  readonly site: string | undefined
  /** A list whose items could be anything: a mistake unless text fills it, which is a list of strings. */
  readonly untypedElement: LokstraError | undefined
}

/** What one class says, read once; `nested` lets problems be gathered along circles. */
interface ClassReading {
  readonly type: Class
  readonly plan: ObjectPlan
  readonly fields: readonly FieldReading[]
  readonly problems: readonly LokstraError[]
  readonly nested: ReadonlySet<ClassReading>
}

const readings = new WeakMap<Class, ClassReading>()
const beingRead = new Set<Class>()

function readClass(type: Class, where: string | undefined): ClassReading {
  const known = readings.get(type)
  if (known) return known
  const fields: FieldReading[] = []
  const objectFields: FieldPlan[] = []
  const problems: LokstraError[] = []
  const nested = new Set<ClassReading>()
  const plan: ObjectPlan = { type, fields: objectFields }
  const reading: ClassReading = { type, plan, fields, problems, nested }
  readings.set(type, reading)
  beingRead.add(type)
  problems.push(...misusesOf(type))

  const sample = construct(type, where, problems)
  const bindings = new Map(readBindings(type).map((binding) => [binding.property, binding]))
  const rules = readRules(type)
  const units = readUnits(type)
  const withoutMetadata: string[] = []
  for (const property of propertiesOf(type, sample, [...bindings.keys(), ...rules.keys(), ...units.keys()])) {
    const binding = bindings.get(property)
    if (isWithoutMetadata(type, property, binding, units.get(property))) withoutMetadata.push(property)
    const site = binding?.site.toString() ?? where
    const own = rules.get(property) ?? []
    let untypedElement: LokstraError | undefined
    const valueType = readValueType({
      type,
      property,
      rules: own,
      options: binding?.options ?? {},
      unit: units.get(property),
      defaultValue: sample[property],
      report: (definition, params) => problems.push(lokstraError(definition, params, site)),
      reportUntypedElement: () => {
        untypedElement = lokstraError(E_FIELD_ELEMENT_TYPE, { field: `${type.name}.${property}` }, site)
      },
      planOf: (nestedType) => {
        const inner = readClass(nestedType, site)
        nested.add(inner)
        // In a circle of classes, one that is still being read has no fields yet.
        if (inner.fields.length === 0 && inner.problems.length === 0 && !beingRead.has(nestedType)) {
          problems.push(lokstraError(E_INPUT_EMPTY, { type: nestedType.name, where: `${type.name}.${property}` }, site))
        }
        return () => inner.plan
      },
    })
    checkRules({ type, property, rules: own, valueType, site }, problems)
    const isNullable = binding?.options.nullable
    const field: FieldPlan = {
      property,
      name: binding && binding.name !== '*' ? binding.name : property,
      type: valueType,
      // `Object` is emitted for unions, which may have null in them, and for properties with nothing but an initialiser.
      nullable:
        isNullable ??
        (isVague(propertyType(type.prototype as object, property)) && (sample[property] ?? null) === null),
      isRequired: false,
      defaultValue: sample[property],
      transforms: [],
      notes: { description: undefined, examples: [], format: undefined, isDeprecated: false },
      rules: isNullable ? [allowNull(property), ...own] : own,
    }
    // `@Body('*') all!: Map<string, unknown>` asks for whatever the body holds.
    if (binding?.name === '*' && valueType.kind === 'map') untypedElement = undefined
    fields.push({ plan: field, binding, site, untypedElement })
    if (!binding || binding.source === 'body') objectFields.push(field)
  }
  if (withoutMetadata.length > 0) {
    problems.push(
      lokstraError(E_METADATA_MISSING, { what: `${type.name} (${withoutMetadata.join(', ')})` }, fields[0]?.site),
    )
  }
  beingRead.delete(type)
  return reading
}

function construct(
  type: Class,
  where: string | undefined,
  problems: LokstraError[],
): Readonly<Record<string, unknown>> {
  const report = (reason: string) =>
    problems.push(lokstraError(E_INPUT_CONSTRUCTOR, { type: type.name, reason }, where))
  if (type.length > 0) {
    report(`its constructor takes ${type.length} ${type.length === 1 ? 'parameter' : 'parameters'}`)
    return {}
  }
  try {
    return new type() as Record<string, unknown>
  } catch (error) {
    report(`it throws ${String(error)}`)
    return {}
  }
}

/** In the order of declaration where the class has it as own properties, then in the order of decoration. */
function propertiesOf(type: Class, sample: object, decorated: readonly string[]): readonly string[] {
  const own = Object.keys(sample).filter(
    (property) => decorated.includes(property) || readTransformerType(type, property),
  )
  return [...new Set([...own, ...decorated])]
}

function isWithoutMetadata(
  type: Class,
  property: string,
  binding: BindingRecord | undefined,
  unit: UnitKind | undefined,
): boolean {
  if (unit || binding?.options.type || readTransformerType(type, property)) return false
  return !Reflect.hasMetadata('design:type', type.prototype as object, property)
}

function toInputField(
  dto: Class,
  { plan, binding, site, untypedElement }: FieldReading,
  options: InputPlanOptions,
  problems: LokstraError[],
): InputField {
  const source = binding?.source ?? implicitSource(options.verb)
  const isWildcard = binding?.name === '*' && source !== 'path'
  const name = binding ? binding.name : plan.property
  const field: InputField = { ...plan, name: source === 'header' ? name.toLowerCase() : name, source, isWildcard }
  const title = `${dto.name}.${plan.property}`
  const at = [site, options.where]
  if (source === 'path' && !options.pathParameters.includes(name)) {
    const parameters = options.pathParameters
    const hint = didYouMean(name, parameters)
    problems.push(
      lokstraError(E_PATH_PARAMETER_UNKNOWN, { field: title, name, parameters: parameters.join(', '), hint }, at),
    )
  }
  if ((options.verb === 'GET' || options.verb === 'HEAD') && source === 'body') {
    problems.push(lokstraError(E_BODY_ON_VERB, { field: title, verb: options.verb }, at))
  }
  if (untypedElement && source === 'body') addNew(problems, [untypedElement])
  if (!isWildcard && !isText(field.type, source)) {
    const type = field.type.kind === 'any' ? 'of a type that the compiler emits as Object' : describeType(field.type)
    problems.push(lokstraError(E_FIELD_NOT_TEXT, { field: title, source, type }, at))
  }
  return field
}

function implicitSource(verb: HttpVerb | 'ALL'): Source {
  return verb === 'GET' || verb === 'HEAD' || verb === 'DELETE' ? 'query' : 'body'
}

/** Queries and bodies have names with brackets for what is nested; the other sources hold one text, or a list. */
function isText(type: ValueType, source: Source): boolean {
  if (source === 'query' || source === 'body') return true
  if (type.kind === 'object' || type.kind === 'union' || type.kind === 'map') return false
  if (type.kind === 'array' || type.kind === 'set') return type.element.kind === 'any' || isText(type.element, source)
  return type.kind !== 'any' || source !== 'path'
}

function reachable(reading: ClassReading): ReadonlySet<ClassReading> {
  const found = new Set([reading])
  // A set's iterator also visits what is added while it runs.
  for (const { nested } of found) for (const inner of nested) found.add(inner)
  return found
}

/** Of the fields that plain data fills: those without a source, and those of the body. */
function untypedElements({ fields }: ClassReading): readonly LokstraError[] {
  return fields.flatMap(({ binding, untypedElement }) =>
    untypedElement && (binding?.source ?? 'body') === 'body' ? [untypedElement] : [],
  )
}

function collect(reading: ClassReading): readonly LokstraError[] {
  return [...reachable(reading)].flatMap(({ problems }) => problems)
}

function addNew(problems: LokstraError[], found: readonly LokstraError[]): void {
  for (const problem of found) if (!problems.includes(problem)) problems.push(problem)
}
