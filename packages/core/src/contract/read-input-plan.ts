import type { Source } from '../decorators/binding.js'
import type { Class } from '../decorators/metadata.js'
import type { HttpVerb } from '../decorators/route.js'
import {
  E_BIND_SOURCE,
  E_BODY_ON_VERB,
  E_FIELD_NOT_TEXT,
  E_FIELD_SOURCE_NESTED,
  E_INPUT_EMPTY,
  E_INPUT_NOT_CLASS,
  E_PATH_PARAMETER_UNKNOWN,
} from '../errors/catalogue/binding.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type ErrorDefinition, type LokstraError } from '../errors/lokstra-error.js'
import { addNew, collectProblems, isEmpty, reachable, type ClassReading, type FieldReading } from './class-reading.js'
import { freezePlan } from './freeze-plan.js'
import type { InputField, InputPlan } from './input-plan.js'
import type { ObjectPlan } from './object-plan.js'
import { describeType, type ValueType } from './value-type.js'
import { toObjectPlan } from './object-shape.js'
import { readClass } from './read-class.js'

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
    return { ...toObjectPlan(Object as Class, []), fields: [], readsBody: false }
  }
  const reading = readClass(dto, 'input', options.where)
  addNew(problems, collectProblems(reading))
  const [, ...nested] = reachable(reading)
  addNew(problems, nested.flatMap(untypedElements))
  const isInCircle = [reading, ...nested].some((one) => one.nested.has(reading))
  for (const one of isInCircle ? [reading, ...nested] : nested)
    addNew(problems, foreignSources(one, E_FIELD_SOURCE_NESTED))
  const plan = planOf(reading, implicitSource(options.verb))
  for (const [index, field] of plan.fields.entries()) checkField(dto, field, reading.fields[index]!, options, problems)
  if (isEmpty(reading)) problems.push(lokstraError(E_INPUT_EMPTY, { type: dto.name, where }, options.where))
  return plan
}

const plans = new WeakMap<ClassReading, Partial<Record<Source, InputPlan>>>()

/**
 * One for all operations with the same DTO, which share what is compiled of it.
 * @param implicit  where fields without a binding decorator come from
 */
function planOf(reading: ClassReading, implicit: Source): InputPlan {
  let bySource = plans.get(reading)
  if (!bySource) plans.set(reading, (bySource = {}))
  return (bySource[implicit] ??= toInputPlan(reading, implicit))
}

function toInputPlan(reading: ClassReading, implicit: Source): InputPlan {
  const fields = reading.fields.map((field) => toInputField(field, implicit))
  return freezePlan({
    ...toObjectPlan(reading.type, reading.fields),
    fields,
    readsBody: fields.some(({ source }) => source === 'body'),
  })
}

/**
 * Reads one class for binding of plain data: messages, files, configuration. A field with a binding decorator other than `@Body` is a
 * mistake, since only its declared source may fill it.
 * @param where  place that problems name where no decorator knows one
 */
export function readObjectPlan(type: Class, problems: LokstraError[], where?: string): ObjectPlan {
  const reading = readClass(type, 'input', where)
  addNew(problems, collectProblems(reading))
  for (const one of reachable(reading)) {
    addNew(problems, untypedElements(one))
    addNew(problems, foreignSources(one, E_BIND_SOURCE))
  }
  return reading.plan
}

function toInputField({ plan, binding, isUntyped }: FieldReading, implicit: Source): InputField {
  const source = binding?.source ?? implicit
  const isWildcard = binding?.name === '*' && source !== 'path'
  const name = binding?.name === '*' ? '*' : plan.name
  const type = isUntyped && !isWildcard && source !== 'body' ? withText(plan.type) : plan.type
  return { ...plan, type, name: source === 'header' ? name.toLowerCase() : name, source, isWildcard }
}

function withText(type: ValueType): ValueType {
  return 'element' in type ? { ...type, element: withText(type.element) } : { kind: 'string' }
}

/** What may be right in one operation and wrong in another, or is wrong in any request. */
function checkField(
  dto: Class,
  { name, source, isWildcard }: InputField,
  { plan, site, untypedElement }: FieldReading,
  { verb, pathParameters, where }: InputPlanOptions,
  problems: LokstraError[],
): void {
  const title = `${dto.name}.${plan.property}`
  const at = [site, where]
  if (source === 'path' && !pathParameters.includes(name)) {
    const hint = didYouMean(name, pathParameters)
    problems.push(
      lokstraError(E_PATH_PARAMETER_UNKNOWN, { field: title, name, parameters: pathParameters.join(', '), hint }, at),
    )
  }
  if ((verb === 'GET' || verb === 'HEAD') && source === 'body') {
    problems.push(lokstraError(E_BODY_ON_VERB, { field: title, verb }, at))
  }
  if (untypedElement && source === 'body') addNew(problems, [untypedElement])
  const { type } = plan
  if (!isWildcard && !isText(type, source)) {
    const described = type.kind === 'any' ? 'of a type that the compiler emits as Object' : describeType(type)
    problems.push(lokstraError(E_FIELD_NOT_TEXT, { field: title, source, type: described }, at))
  }
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

/** Fields that the object around them cannot fill. */
function foreignSources(
  { type, fields }: ClassReading,
  definition: ErrorDefinition<{ field: string; source: string }>,
): readonly LokstraError[] {
  return fields.flatMap(({ plan, binding, site }) =>
    binding && binding.source !== 'body'
      ? [lokstraError(definition, { field: `${type.name}.${plan.property}`, source: binding.source }, site)]
      : [],
  )
}

/** Of the fields that plain data fills: those without a source, and those of the body. */
function untypedElements({ fields }: ClassReading): readonly LokstraError[] {
  return fields.flatMap(({ binding, untypedElement }) =>
    untypedElement && (binding?.source ?? 'body') === 'body' ? [untypedElement] : [],
  )
}
