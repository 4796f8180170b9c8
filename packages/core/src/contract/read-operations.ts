import { methodTypes, readChain, type AbstractClass, type Class, languageTypes } from '../decorators/metadata.js'
import { readClassMiddleware, readMethodMiddleware, readMiddlewareSites } from '../decorators/middleware.js'
import { misusesOf } from '../decorators/misuse.js'
import { readOutcomeSites, readReturns, readThrows } from '../decorators/outcomes.js'
import {
  readHandlerRecords,
  readOperationRecords,
  routeKey,
  type HandlerRecord,
  type HttpVerb,
  type RouteRecord,
} from '../decorators/route.js'
import { E_IMPORT_CYCLE, E_METADATA_MISSING } from '../errors/catalogue/container.js'
import {
  E_HANDLER_PARAMETERS,
  E_NOT_A_CONTROLLER,
  E_NOT_AN_OPERATION,
  E_PROBE,
  E_HANDLER_TIMEOUT_VALUE,
  E_HANDLER_UNDECLARED,
} from '../errors/catalogue/routing.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { idempotentVerbs } from '../http/idempotent-verbs.js'
import { maxTimerMs } from '../promises/max-timer-ms.js'
import { readDeclaredErrors } from './declared-errors.js'
import type { Operation } from './operation.js'
import { joinPaths, parameterNames, parsePath, type PathSegment } from './path-pattern.js'
import { readInputPlan } from './read-input-plan.js'
import { readOutput } from './read-output.js'
import { parseDuration } from './units.js'

export interface ControllerPlace {
  readonly prefix: string
  /** The class by which a handler asks for the request's context. */
  readonly contextType: AbstractClass
  /** Place of what lists the controller, for one that has no decorator to name. */
  readonly where?: string
}

/** A further place of a handler, given to it under `routes`. */
export interface RoutePlace {
  readonly verb: HttpVerb | 'ALL'
  /** With every prefix; that of the controller does not count. */
  readonly path: string
  /** Instead of that of `@Returns`. */
  readonly status: number | undefined
  /** Instead of that of the method's decorator. */
  readonly handlerTimeout: number | string | undefined
  readonly contextType: AbstractClass
  /** Place of the entry. */
  readonly where: string
}

/** Reads the contracts of a controller. Mistakes are added to `problems`; a contract with mistakes is not to be used. */
export function readOperations(
  controller: Class,
  place: ControllerPlace,
  problems: LokstraError[],
): readonly Operation[] {
  const route = readRoute(controller)
  const records = readOperationRecords(controller)
  const misuses = misusesOf(controller)
  problems.push(...misuses)
  if (!route || records.length === 0) {
    if (misuses.length === 0) problems.push(notAController(controller, [route?.site ?? place.where]))
    return []
  }
  refuseIdle(controller, problems)
  const { contextType } = place
  return records
    .map((record) => {
      const { verb, site, options } = record
      const path = joinPaths(place.prefix, route.prefix, record.path)
      const { handlerTimeout } = options
      const at = { verb, path, contextType, handlerTimeout, status: undefined, where: site.toString() }
      return readOperation(controller, record, at, problems)
    })
    .filter((operation) => operation !== undefined)
}

/** Reads the contract of a handler at a further place. Mistakes are added to `problems`. */
export function readRoutedOperation(
  controller: Class,
  method: string,
  place: RoutePlace,
  problems: LokstraError[],
): Operation | undefined {
  const misuses = misusesOf(controller)
  problems.push(...misuses)
  const record = readHandlerRecords(controller).find((candidate) => candidate.method === method)
  if (!record) {
    // Perhaps by a decorator that was misused.
    if (misuses.length > 0) return undefined
    problems.push(lokstraError(E_HANDLER_UNDECLARED, { handler: `${controller.name}.${method}` }, place.where))
    return undefined
  }
  refuseIdle(controller, problems)
  const handlerTimeout = place.handlerTimeout ?? record.options.handlerTimeout
  return readOperation(controller, record, { ...place, handlerTimeout }, problems)
}

/** Says what a class lacks to be a controller. */
export function notAController(type: Class, where: Parameters<typeof lokstraError>[2]): LokstraError {
  const missing = [
    ...(readRoute(type) ? [] : ['no @Route']),
    ...(readOperationRecords(type).length > 0 ? [] : ['no method with @Get, @Post …']),
  ].join(' and ')
  return lokstraError(E_NOT_A_CONTROLLER, { name: type.name, missing }, where)
}

/** What `@Route` says of a class; a subclass without its own takes its ancestor's. */
export function readRoute(controller: Class): RouteRecord | undefined {
  return readChain(controller, routeKey).at(-1)?.record
}

function readOperation(
  controller: Class,
  record: HandlerRecord,
  { verb, path, status, handlerTimeout, contextType, where }: RoutePlace,
  problems: LokstraError[],
): Operation | undefined {
  const { method, options } = record
  const handler = `${controller.name}.${method}`
  const segments = parsePath(path)
  const signature = readSignature(controller, record, contextType, problems)
  if (!signature) return undefined
  const { dto, parameters } = signature
  const pathParameters = parameterNames(segments)
  if (options.probe) refuseProbe(handler, verb, segments, where, problems)
  const middleware = [...readClassMiddleware(controller), ...readMethodMiddleware(controller, method)]
  return Object.freeze({
    verb,
    path,
    segments: freezeAll(segments),
    controller,
    method,
    parameters: Object.freeze(parameters),
    input: dto && readInputPlan(dto, { verb, path, pathParameters, where }, problems),
    output: readOutput(readReturns(controller, method), { handler, route: `${verb} ${path}`, status, where }, problems),
    errors: readDeclaredErrors(readThrows(controller, method), handler, problems),
    middleware: freezeAll(middleware),
    handlerTimeoutMs: readHandlerTimeout(handlerTimeout, handler, where, problems),
    isIdempotent: options.idempotent ?? idempotentVerbs.has(verb),
    notes: Object.freeze({
      summary: options.summary,
      description: options.description,
      tags: Object.freeze([...(options.tags ?? [])]),
      isDeprecated: options.deprecated ?? false,
      probe: options.probe,
    }),
    site: where,
  })
}

interface Signature {
  readonly dto: Class | undefined
  readonly parameters: readonly ('input' | 'context')[]
}

/** What the handler takes, in the order in which it takes it. */
function readSignature(
  controller: Class,
  { method, site }: HandlerRecord,
  contextType: AbstractClass,
  problems: LokstraError[],
): Signature | undefined {
  const handler = `${controller.name}.${method}`
  const types = methodTypes(controller.prototype as object, method)
  if (types === undefined) {
    problems.push(lokstraError(E_METADATA_MISSING, { what: handler }, site))
    return undefined
  }
  const parameters: ('input' | 'context')[] = []
  let dto: Class | undefined
  for (const [index, type] of types.entries()) {
    if (type === undefined) {
      problems.push(lokstraError(E_IMPORT_CYCLE, { what: `Parameter ${index + 1} of ${handler} has no type` }, site))
      return undefined
    }
    const parameter = type === contextType ? 'context' : 'input'
    const reason = refuseParameter(type, index, parameters.includes(parameter) ? parameter : undefined)
    if (reason) {
      problems.push(lokstraError(E_HANDLER_PARAMETERS, { handler, reason }, site))
      return undefined
    }
    parameters.push(parameter)
    if (parameter === 'input') dto = type as Class
  }
  // An array that was pushed to keeps room for sixteen more.
  return { dto, parameters: parameters.slice() }
}

/** @param second  what the parameter is a second one of */
function refuseParameter(type: unknown, index: number, second: 'input' | 'context' | undefined): string | undefined {
  const position = `parameter ${index + 1}`
  if (languageTypes.has(type)) {
    const name = (type as Class).name
    const isScalar = type === String || type === Number || type === Boolean
    return isScalar
      ? `${position} is of type ${name}; values of a request come in a DTO, a class such as: class TodoId { @Path() id!: string }`
      : `${position} is of type ${name}; Context and DTOs are classes, imported without \`type\`, which erases them`
  }
  if (second === 'context') return `${position} is a second Context`
  return second && `${position} is a second DTO (${(type as Class).name}); put all fields of the request into one`
}

function readHandlerTimeout(
  value: number | string | undefined,
  handler: string,
  where: string,
  problems: LokstraError[],
): number | undefined {
  if (value === undefined) return undefined
  // A number in quotes is as likely to mean seconds.
  const milliseconds =
    typeof value === 'string' ? (/^0$|[a-z]$/i.test(value) ? parseDuration(value) : undefined) : value
  if (typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds <= maxTimerMs) return milliseconds
  problems.push(lokstraError(E_HANDLER_TIMEOUT_VALUE, { handler, value }, where))
  return undefined
}

/** Whoever probes sends GET, and has only the path. */
function refuseProbe(
  handler: string,
  verb: RoutePlace['verb'],
  segments: readonly PathSegment[],
  where: string,
  problems: LokstraError[],
): void {
  const isPlain = segments.every(({ kind }) => kind === 'fixed')
  if (isPlain && (verb === 'GET' || verb === 'ALL')) return
  const reason = isPlain ? `answers ${verb}` : 'has parameters in its path'
  problems.push(lokstraError(E_PROBE, { handler, reason }, where))
}

/** Decorators that do nothing, because their method handles nothing. */
function refuseIdle(controller: Class, problems: LokstraError[]): void {
  const records = readHandlerRecords(controller)
  for (const { decorator, method, site } of [...readOutcomeSites(controller), ...readMiddlewareSites(controller)]) {
    if (records.some((record) => record.method === method)) continue
    const params = { decorator, method: `${controller.name}.${method}` }
    problems.push(lokstraError(E_NOT_AN_OPERATION, params, site))
  }
}

function freezeAll<T extends object>(items: readonly T[]): readonly T[] {
  for (const item of items) Object.freeze(item)
  return Object.freeze(items)
}
