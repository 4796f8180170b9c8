import { Context } from '../../context/context.js'
import { currentScope, type Scope } from '../../context/scope.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { returnType } from '../../decorators/metadata.js'
import { E_CALL_ARGUMENTS } from '../../errors/catalogue/deployments.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { CrossingCalls } from '../../transactions/crossing-calls.js'
import type { CallResponse } from '../call.js'
import { callHeader } from '../call-headers.js'
import type { CallTarget } from '../client/call-target.js'
import { createErrorDecoder, errorOf, parseErrorBody } from '../codec/error-decoder.js'
import { createInputEncoder } from '../codec/input-encoder.js'
import { createOutputDecoder } from '../codec/output-decoder.js'
import type { ContractWatch } from '../contracts/contract-watch.js'
import { isRetry } from '../propagation/call-context.js'
import { RemoteCallError, type RemoteCallCode } from '../remote-call-error.js'
import type { CallProtocol } from './call-protocol.js'

/** What the operations of one service go through. */
export interface ServiceRoute {
  /** Name of the published service. */
  readonly service: string
  readonly operations: readonly Operation[]
  readonly protocol: CallProtocol
  /** Asked for with the first call, and only then. */
  readonly target: () => Pick<CallTarget, 'call'>
  /** Watches for transactions that are open. */
  readonly crossing: () => CrossingCalls
  /** Watches what the other servers promise; undefined before the server starts, and where there is nothing to watch. */
  readonly watch: () => Pick<ContractWatch, 'refuse' | 'noticed'> | undefined
  /** Why an operation failed that runs in this process. */
  readonly failureOf: (response: CallResponse) => unknown
}

type Call = (...parameters: unknown[]) => unknown

/** The operations of a service as functions that call it, by the names of their methods. */
export function compileCalls(route: ServiceRoute): ReadonlyMap<string, Call> {
  return new Map(route.operations.map((operation) => [operation.method, compileCall(operation, route)]))
}

/**
 * A function that takes and gives what the method does: a promise, or of a generator something to iterate, whose call is made when its
 * first item is asked for.
 */
function compileCall(operation: Operation, route: ServiceRoute): Call {
  const send = compileSend(operation, route)
  const { controller, method, output } = operation
  const isGenerator = output.isStream && returnType(controller.prototype as object, method) !== Promise
  if (!isGenerator) return (...parameters) => send(parameters, currentScope())
  return (...parameters) => iterate(send, parameters, currentScope())
}

type Send = (parameters: readonly unknown[], scope: Scope | undefined) => Promise<unknown>

async function* iterate(send: Send, parameters: readonly unknown[], scope: Scope | undefined): AsyncGenerator {
  yield* (await send(parameters, scope)) as AsyncIterable<unknown>
}

function compileSend(
  operation: Operation,
  { service, protocol, target, crossing, watch, failureOf }: ServiceRoute,
): Send {
  const { method, isIdempotent } = operation
  const name = operationName(operation)
  const contract = protocol.contractOf(operation)
  const prepare = protocol.prepare(operation)
  const readArguments = argumentReader(operation)
  const encode = createInputEncoder(contract)
  const decodeError = createErrorDecoder(operation.errors)
  const failed = (cause: unknown, code: RemoteCallCode = 'REMOTE_FAILED') =>
    new RemoteCallError(code, { service, method, executed: 'maybe', attempts: 1, cause })
  const broken = (cause: unknown) => (RemoteCallError.is(cause) ? cause : failed(cause))
  const decode = createOutputDecoder(contract.output, name, {
    answered: (body) => decodeError(body) ?? failed(answered(name, 'in the middle of its items', body)),
    broken,
  })

  return async (parameters, scope) => {
    const { input, context } = readArguments(parameters)
    crossing().refuseOpenWork(scope, { service, method })
    watch()?.refuse(service, method)
    const ctx = context ?? scope?.context
    const response = await target().call(encode(input, protocol.headersFor(ctx)), {
      method,
      isIdempotent,
      remainingMs: ctx?.remainingMs(),
      signal: ctx?.signal,
      isPartOfRetry: ctx !== undefined && isRetry(ctx),
      prepare,
    })
    watch()?.noticed(service, method, response.headers[callHeader.contract])
    if (response.status >= 200 && response.status < 300) {
      try {
        return await decode(response)
      } catch (error) {
        throw broken(error)
      }
    }
    const body = protocol.readError(parseErrorBody(await response.text()), response.status, operation)
    const failure = failureOf(response) ?? answered(name, `with ${response.status}`, body)
    throw decodeError(body) ?? failed(failure, ranOutOfTime(body) ? 'REMOTE_TIMEOUT' : 'REMOTE_FAILED')
  }
}

/** The time that the other side had is a part of the time of the call. */
function ranOutOfTime(body: unknown): boolean {
  const code = errorOf(body)?.code
  return code === 'REMOTE_TIMEOUT' || code === 'HANDLER_TIMEOUT'
}

interface Arguments {
  readonly input: unknown
  readonly context: Context | undefined
}

/** What it gives throws E_CALL_ARGUMENTS. */
function argumentReader(operation: Operation): (given: readonly unknown[]) => Arguments {
  const { parameters, input } = operation
  const inputAt = parameters.indexOf('input')
  const contextAt = parameters.indexOf('context')
  return (given) => {
    const value = inputAt < 0 ? undefined : given[inputAt]
    const context = contextAt < 0 ? undefined : given[contextAt]
    if (input && (typeof value !== 'object' || value === null)) {
      const expected = `a ${input.type.name}`
      const params = { operation: operationName(operation), expected, received: describe(value) }
      throw lokstraError(E_CALL_ARGUMENTS, params, operation.site)
    }
    return { input: value, context: context instanceof Context ? context : undefined }
  }
}

function describe(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : `a ${typeof value}`
}

/** What the other side said, for the log of this one. */
function answered(name: string, how: string, body: unknown): Error {
  const { code, message, requestId } = errorOf(body) ?? {}
  const words = [code, message].filter((part) => typeof part === 'string').map((part) => part.slice(0, 200))
  const says = words.length > 0 ? `: ${words.join(', ')}` : ''
  const where = typeof requestId === 'string' ? ` (request ${requestId.slice(0, 100)} there)` : ''
  return new Error(`${name} was answered ${how}${says}${where}`)
}
