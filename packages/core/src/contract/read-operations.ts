import { methodTypes, readOwn, type Class, languageTypes } from '../decorators/metadata.js'
import { readClassMiddleware, readMethodMiddleware } from '../decorators/middleware.js'
import { misusesOf } from '../decorators/misuse.js'
import {
  readOperations as readOperationRecords,
  readReturns,
  routeKey,
  type OperationRecord,
  type RouteRecord,
} from '../decorators/route.js'
import { Context } from '../context/context.js'
import { E_IMPORT_CYCLE, E_METADATA_MISSING } from '../errors/catalogue/container.js'
import { E_HANDLER_PARAMETERS, E_NOT_A_CONTROLLER } from '../errors/catalogue/routing.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { Operation } from './operation.js'
import { parameterNames, parsePath } from './path-pattern.js'
import { readInputPlan } from './read-input-plan.js'

/**
 * Reads the contracts of a controller below a prefix. Mistakes are added to `problems`; a contract with mistakes is left out.
 * @param where  place of what lists the controller, for one that has no decorator to name
 */
export function readOperations(
  controller: Class,
  prefix: string,
  problems: LokstraError[],
  where?: string,
): readonly Operation[] {
  const route = readRoute(controller)
  const records = readOperationRecords(controller)
  const misuses = misusesOf(controller)
  problems.push(...misuses)
  if (!route || records.length === 0) {
    if (misuses.length === 0) problems.push(notAController(controller, [route?.site ?? where]))
    return []
  }
  return records
    .map((record) => readOperation(controller, joinPaths(prefix, route.prefix, record.path), record, problems))
    .filter((operation) => operation !== undefined)
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
  for (
    let type: Class | null = controller;
    type && type !== Function.prototype;
    type = Reflect.getPrototypeOf(type) as Class | null
  ) {
    const route = readOwn(type, routeKey)
    if (route) return route
  }
  return undefined
}

function readOperation(
  controller: Class,
  path: string,
  record: OperationRecord,
  problems: LokstraError[],
): Operation | undefined {
  const { verb, method, site } = record
  const handler = `${controller.name}.${method}`
  const pathParameters = parameterNames(parsePath(path))
  const types = methodTypes(controller.prototype as object, method)
  if (types === undefined) {
    problems.push(lokstraError(E_METADATA_MISSING, { what: handler }, site))
    return undefined
  }
  const parameters: ('input' | 'context')[] = []
  let dto: Class | undefined
  for (const [index, type] of types.entries()) {
    const reason = refuseParameter(type, index, dto, parameters)
    if (type === undefined) {
      problems.push(lokstraError(E_IMPORT_CYCLE, { what: `Parameter ${index + 1} of ${handler} has no type` }, site))
      return undefined
    }
    if (reason) {
      problems.push(lokstraError(E_HANDLER_PARAMETERS, { handler, reason }, site))
      return undefined
    }
    if (type === Context) parameters.push('context')
    else {
      parameters.push('input')
      dto = type as Class
    }
  }
  const input = dto && readInputPlan(dto, { verb, path, pathParameters, where: site.toString() }, problems)
  const returns = readReturns(controller, method)
  return {
    verb,
    path,
    controller,
    method,
    parameters,
    input,
    segments: parsePath(path),
    output: { status: returns?.status ?? 200, type: undefined },
    errors: [],
    timeLimitMs: undefined,
    notes: { summary: undefined, description: undefined, tags: [], isDeprecated: false },
    middleware: [...readClassMiddleware(controller), ...readMethodMiddleware(controller, method)],
    site: site.toString(),
  }
}

function refuseParameter(
  type: unknown,
  index: number,
  dto: Class | undefined,
  parameters: readonly string[],
): string | undefined {
  const position = `parameter ${index + 1}`
  if (languageTypes.has(type)) {
    const name = (type as Class).name
    const isScalar = type === String || type === Number || type === Boolean
    return isScalar
      ? `${position} is of type ${name}; values of a request come in a DTO, a class such as: class TodoId { @Path() id!: string }`
      : `${position} is of type ${name}; a DTO is a class, imported with a plain import (an \`import type\` erases it)`
  }
  if (type === Context) return parameters.includes('context') ? `${position} is a second Context` : undefined
  return dto
    ? `${position} is a second DTO (${(type as Class).name}); put all fields of the request into one`
    : undefined
}

/** Joins prefixes and paths with single slashes; the result starts with `/` and has no slash at the end. */
export function joinPaths(...parts: readonly string[]): string {
  const joined = parts.map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '')
  return `/${joined.join('/')}`
}
