import type { Class } from '../decorators/metadata.js'
import { StreamOf, type ReturnsRecord } from '../decorators/outcomes.js'
import { E_OUTPUT_EMPTY, E_RETURNS_STATUS, E_RETURNS_TYPE } from '../errors/catalogue/response.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { hasNoBody, isFinalStatus } from '../http/status.js'
import { addNew, collectProblems, isEmpty } from './class-reading.js'
import { freezeType } from './freeze-plan.js'
import type { ValueType } from './value-type.js'
import type { OutputPlan } from './operation.js'
import { writesItself, readClass } from './read-class.js'
import { isOwnClass, scalarOf } from './read-value-type.js'

export interface OutputPlace {
  /** `TodoController.list` */
  readonly handler: string
  /** `GET /todos` */
  readonly route: string
  /** Given with the route, instead of that of `@Returns`. */
  readonly status: number | undefined
  /** Place of the route. */
  readonly where: string
}

/** What `@Returns` declares; without it the returned value is written as it is, with the status 200. A route may have its own status. */
export function readOutput(
  returns: ReturnsRecord | undefined,
  place: OutputPlace,
  problems: LokstraError[],
): OutputPlan {
  const declared = readDeclared(returns, place, problems)
  const { status, route, where } = place
  if (status === undefined) return declared
  const reason = refuseStatus(status, declared.type)
  if (reason) problems.push(lokstraError(E_RETURNS_STATUS, { by: `The route ${route}`, status, reason }, where))
  return Object.freeze({ ...declared, status })
}

function readDeclared(
  returns: ReturnsRecord | undefined,
  { handler, route }: OutputPlace,
  problems: LokstraError[],
): OutputPlan {
  if (!returns) return Object.freeze({ status: 200, type: undefined, isStream: false })
  const { type, status, site } = returns
  const reason = refuseStatus(status, type)
  if (reason) problems.push(lokstraError(E_RETURNS_STATUS, { by: `@Returns of ${handler}`, status, reason }, site))
  if (type === undefined) {
    // Without a type a body would be written as it is, which nobody means who writes @Returns.
    if (!reason && !hasNoBody(status)) {
      problems.push(lokstraError(E_RETURNS_TYPE, { handler, type: 'undefined' }, site))
    }
    return Object.freeze({ status, type, isStream: false })
  }
  const found: LokstraError[] = []
  const isStream = StreamOf.is(type)
  // Bytes are written as they are.
  if (isStream && type.item === (Uint8Array as unknown)) return Object.freeze({ status, type: undefined, isStream })
  const written = isStream ? type.item : type
  const valueType = readOutputType(written, `The output of ${route}`, site.toString(), found)
  if (!valueType) problems.push(lokstraError(E_RETURNS_TYPE, { handler, type: describeGiven(type) }, site))
  addNew(problems, found)
  return Object.freeze({ status, type: valueType, isStream })
}

/**
 * What values of a class, or of `[class]` for a list, are written as.
 * @returns undefined where it is neither a class with fields nor one of the language's scalar types
 */
export function readOutputType(
  given: unknown,
  what: string,
  where: string,
  problems: LokstraError[],
): ValueType | undefined {
  if (Array.isArray(given)) {
    const element = given.length === 1 ? readOutputType(given[0], what, where, problems) : undefined
    return element && freezeType({ kind: 'array', element })
  }
  const scalar = scalarOf(given)
  if (scalar) return freezeType(scalar)
  return isOwnClass(given) ? readOutputClass(given, what, where, problems) : undefined
}

function readOutputClass(type: Class, what: string, where: string, problems: LokstraError[]): ValueType {
  const reading = readClass(type, 'output', where)
  addNew(problems, collectProblems(reading))
  if (isEmpty(reading)) {
    if (writesItself(type)) return freezeType({ kind: 'any' })
    problems.push(lokstraError(E_OUTPUT_EMPTY, { type: type.name, where: what }, where))
  }
  return freezeType({ kind: 'object', plan: () => reading.plan })
}

function refuseStatus(status: number, type: unknown): string | undefined {
  if (!isFinalStatus(status)) return 'which is not a final HTTP status'
  if (status >= 400) return 'which is that of an error'
  return hasNoBody(status) && type !== undefined ? 'which has no body, and a type to write' : undefined
}

function describeGiven(type: unknown): string {
  if (StreamOf.is(type)) return `stream(${describeGiven(type.item)})`
  if (Array.isArray(type)) return `[${type.map(describeGiven).join(', ')}]`
  return typeof type === 'function' ? type.name || 'a function' : String(type)
}
