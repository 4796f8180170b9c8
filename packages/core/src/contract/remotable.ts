import { propertyType, returnType, type Class } from '../decorators/metadata.js'
import { E_EXTERNAL_OPERATION, E_REMOTABLE } from '../errors/catalogue/call-values.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { InputField, InputPlan } from './input-plan.js'
import type { FieldPlan, ObjectPlan } from './object-plan.js'
import type { ValueType } from './value-type.js'
import { operationName, type Operation } from './operation.js'
import { readTransformerType } from './transformer-metadata.js'

interface Obstacle {
  readonly problem: string
  readonly fix: string
}

/**
 * Reports what keeps the operations of a published service from being called from another server, each with the place of its method.
 * @param operations  all of one class
 */
export function refuseRemotable(operations: readonly Operation[], problems: LokstraError[]): void {
  for (const operation of operations) {
    const obstacles = [...obstaclesOf(operation, operations), ...errorObstacles(operation)]
    for (const obstacle of obstacles) {
      problems.push(lokstraError(E_REMOTABLE, { operation: operationName(operation), ...obstacle }, operation.site))
    }
  }
}

/**
 * Reports what keeps the operations of a service of another system from being called as they are declared.
 * @param operations  all of one class
 */
export function refuseExternal(operations: readonly Operation[], problems: LokstraError[]): void {
  for (const operation of operations) {
    const obstacles = [
      ...obstaclesOf(operation, operations),
      ...wireObstacles(operation),
      ...statusObstacles(operation),
    ]
    for (const obstacle of obstacles) {
      const params = { operation: operationName(operation), ...obstacle }
      problems.push(lokstraError(E_EXTERNAL_OPERATION, params, operation.site))
    }
  }
}

function obstaclesOf(operation: Operation, all: readonly Operation[]): readonly Obstacle[] {
  return [
    ...clashes(operation, all),
    ...returnObstacles(operation),
    ...outputObstacles(operation),
    ...(operation.input ? inputObstacles(operation.input) : []),
  ]
}

/** A caller calls a method, whatever verbs and paths it has: of two operations nobody could say which is meant. */
function clashes(operation: Operation, all: readonly Operation[]): readonly Obstacle[] {
  const same = all.filter(({ method }) => method === operation.method)
  if (same.length < 2 || same[0] !== operation) return []
  const routes = same.map(({ verb, path }) => `${verb} ${path}`).join(' and ')
  return [
    {
      problem: `it has several operations, ${routes}, and a caller names the method only`,
      fix: 'Give each operation a method of its own; both may call a third.',
    },
  ]
}

function returnObstacles({ controller, method, output }: Operation): readonly Obstacle[] {
  const type = returnType(controller.prototype as object, method)
  if (type === Promise || output.isStream) return []
  return [
    {
      problem: 'it does not return a promise, and an answer of another server takes time',
      fix: 'Make it async, or declare that it returns a Promise. One that gives items one after another declares @Returns(stream(Item)).',
    },
  ]
}

const withoutBody = new Set([204, 205, 304])

function outputObstacles({ output }: Operation): readonly Obstacle[] {
  const { type, status, isStream } = output
  if (type && isUnknown(type)) {
    return [
      {
        problem:
          'it returns a class that says itself what it is written as, with toJSON, so that nothing can make one again',
        fix: 'Return text or a number, or a class with fields.',
      },
    ]
  }
  if (type) return unreadable(type, 'output')
  if (isStream || withoutBody.has(status)) return []
  return [
    {
      problem: 'nothing says what it returns',
      fix: 'Declare it with @Returns(User), @Returns([User]) or @Returns(stream(User)); @Returns(undefined, 204) for nothing.',
    },
  ]
}

function inputObstacles(input: InputPlan): readonly Obstacle[] {
  const places = new Map<string, string>()
  const obstacles: Obstacle[] = []
  for (const field of input.fields) {
    const { source, name, property, type, isWildcard } = field
    const place = `${source} ${isWildcard ? '*' : name}`
    const other = places.get(place)
    places.set(place, property)
    if (other !== undefined) {
      obstacles.push({
        problem: `${input.type.name}.${other} and ${input.type.name}.${property} are both filled from ${place}`,
        fix: 'Keep one of the two properties: a call could give each another value.',
      })
    }
    if (isUnknown(type)) obstacles.push(...unreadableField(input.type, field, 'input'))
    obstacles.push(...unreadable(type, 'input'))
  }
  return obstacles
}

/** Fields of classes whose values cannot be made again from what is sent, in a type and all that it leads to. */
function unreadable(type: ValueType, direction: 'input' | 'output'): readonly Obstacle[] {
  const plans = new Set(plansIn(type))
  const obstacles: Obstacle[] = []
  // A set's iterator also visits what is added while it runs.
  for (const plan of plans) {
    for (const field of plan.fields) {
      for (const inner of plansIn(field.type)) plans.add(inner)
      if (isUnknown(field.type)) obstacles.push(...unreadableField(plan.type, field, direction))
    }
  }
  return obstacles
}

/** Nothing is declared of the values, or of the items. */
function isUnknown(type: ValueType): boolean {
  return 'element' in type ? isUnknown(type.element) : type.kind === 'any'
}

function plansIn(type: ValueType): readonly ObjectPlan[] {
  if ('element' in type) return plansIn(type.element)
  if (type.kind === 'object') return [type.plan()]
  return type.kind === 'union' ? [...type.variants.values()].map((plan) => plan()) : []
}

/** Of any type are properties whose declared type is an interface or a union, and those of classes that nothing is known of. */
function unreadableField(owner: Class, field: FieldPlan, direction: 'input' | 'output'): readonly Obstacle[] {
  const type = classOf(owner, field)
  // An exposed method is called where it is read.
  if (!type || ((type as unknown) === Function && direction === 'output')) return []
  const name = `${owner.name}.${field.property}`
  return [
    {
      problem: `${name} is of the class ${type.name}, which ${direction === 'input' ? 'cannot be sent' : 'cannot be made again from what is sent'}`,
      fix: `Declare ${name} as text, number, boolean, bigint, Date, or a class with fields.`,
    },
  ]
}

const plainTypes: ReadonlySet<unknown> = new Set([Object, Array, Set, Map])

/** The class that anything says a property is of, other than those of plain data. */
function classOf(owner: Class, { property, defaultValue }: FieldPlan): { readonly name: string } | undefined {
  const named = readTransformerType(owner, property)?.typeFunction()
  const given = typeof defaultValue === 'object' && defaultValue !== null ? defaultValue.constructor : undefined
  const types = [propertyType(owner.prototype as object, property), named, given]
  return types.find((type) => typeof type === 'function' && !plainTypes.has(type)) as
    { readonly name: string } | undefined
}

function errorObstacles({ errors }: Operation): readonly Obstacle[] {
  const names = errors.map(({ type }) => type.name)
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  return [...new Set(twice)].map((name) => ({
    problem: `two of the classes that it declares with @Throws are named "${name}"`,
    fix: 'Rename one: a caller tells errors apart by the name of their class.',
  }))
}

/** What a server of the project is told beside its path and its body, as fields of their own, another system is not. */
function wireObstacles({ input, segments }: Operation): readonly Obstacle[] {
  const fields = input?.fields ?? []
  const ofPath = new Set(fields.filter(({ source }) => source === 'path').map(({ name }) => name))
  const unfilled = segments.flatMap((segment): readonly string[] => {
    if (segment.kind === 'fixed') return []
    const name = segment.kind === 'wildcard' ? '*' : segment.name
    return ofPath.has(name) ? [] : [name]
  })
  return [
    ...unfilled.map((name) => ({
      problem: `no field of its input fills ${name === '*' ? '*' : `:${name}`} in its path`,
      fix: `Take a DTO with @Path(${name === '*' ? "'*'" : ''}) on a property${name === '*' ? '' : ` ${name}`}.`,
    })),
    ...(input ? dividedBody(input) : []),
  ]
}

/** One body is written of one field, or of several; a call to a server of the project carries each field by itself. */
function dividedBody(input: InputPlan): readonly Obstacle[] {
  const fields = input.fields.filter(({ source }) => source === 'body')
  const whole = fields.find(({ isWildcard }) => isWildcard)
  if (!whole || fields.length === 1) return []
  const nameOf = ({ property }: InputField): string => `${input.type.name}.${property}`
  const others = fields.filter((field) => field !== whole).map(nameOf)
  return [
    {
      problem: `${nameOf(whole)} takes the whole body, beside ${others.join(', ')}`,
      fix: 'Keep the field that takes the whole body, or those that take parts of it.',
    },
  ]
}

/** An error of another system is known by its status. */
function statusObstacles({ errors }: Operation): readonly Obstacle[] {
  const statuses = errors.map(({ status }) => status)
  const twice = statuses.filter((status, index) => statuses.indexOf(status) !== index)
  return [...new Set(twice)].map((status) => {
    const names = errors.filter((error) => error.status === status).map(({ type }) => type.name)
    return {
      problem: `${names.join(' and ')}, which it declares with @Throws, all have the status ${status}`,
      fix: 'Keep one of them: errors of another system are told apart by their status.',
    }
  })
}
