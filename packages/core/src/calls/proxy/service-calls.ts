import { currentScope, type WorkScope } from '../../context/work-scope.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { returnType } from '../../decorators/metadata.js'
import { isThenable } from '../../promises/is-thenable.js'
import type { CrossingCalls } from '../../transactions/crossing-calls.js'
import type { CallResponse } from '../call-transport.js'
import { callHeader } from '../call-headers.js'
import type { CallTarget } from '../client/call-target.js'
import { parseErrorBody } from '../codec/error-decoder.js'
import { createInputEncoder } from '../codec/input-encoder.js'
import { createOutputDecoder } from '../codec/output-decoder.js'
import type { ContractWatch } from '../contracts/contract-watch.js'
import { isRetry } from '../propagation/call-context.js'
import { AnswerFailures } from './answer-failures.js'
import { argumentReader } from './call-arguments.js'
import type { CallProtocol } from './call-protocol.js'
import { compileOwnChecks } from './own-checks.js'

/** What the operations of one service go through. */
export interface ServiceCallParts {
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
export function compileCalls(parts: ServiceCallParts): ReadonlyMap<string, Call> {
  return new Map(parts.operations.map((operation) => [operation.method, compileCall(operation, parts)]))
}

/**
 * A function that takes and gives what the method does: a promise, or of a generator something to iterate, whose call is made when its
 * first item is asked for.
 */
function compileCall(operation: Operation, parts: ServiceCallParts): Call {
  const send = compileSend(operation, parts)
  const { controller, method, output } = operation
  const isGenerator = output.isStream && returnType(controller.prototype as object, method) !== Promise
  if (!isGenerator) return (...parameters) => send(parameters, currentScope())
  return (...parameters) => iterate(send, parameters, currentScope())
}

type Send = (parameters: readonly unknown[], scope: WorkScope | undefined) => Promise<unknown>

async function* iterate(send: Send, parameters: readonly unknown[], scope: WorkScope | undefined): AsyncGenerator {
  yield* (await send(parameters, scope)) as AsyncIterable<unknown>
}

function compileSend(
  operation: Operation,
  { service, protocol, target, crossing, watch, failureOf }: ServiceCallParts,
): Send {
  const { method, isIdempotent } = operation
  const contract = protocol.contractOf(operation)
  const prepare = protocol.prepare(operation)
  const readArguments = argumentReader(operation)
  const encode = createInputEncoder(contract)
  const failures = new AnswerFailures(operation, service)
  const decode = createOutputDecoder(contract.output, operationName(operation), failures, protocol.isOurs)
  const rules = protocol.isOurs ? undefined : compileOwnChecks(contract, failures)

  return async (parameters, scope) => {
    const { input, context } = readArguments(parameters)
    crossing().refuseOpenWork(scope, { service, method })
    watch()?.refuse(service, method)
    const ctx = context ?? scope?.context
    const sent = rules ? await rules.ofInput(input) : input
    const answer = await target().call(encode(sent, protocol.headersFor(ctx)), {
      method,
      isIdempotent,
      remainingMs: ctx?.remainingMs(),
      signal: ctx?.signal,
      isPartOfRetry: ctx !== undefined && isRetry(ctx),
      prepare,
    })
    watch()?.noticed(service, method, answer.headers[callHeader.contract])
    if (answer.status >= 200 && answer.status < 300) {
      try {
        const decoded = decode(answer)
        const result = isThenable(decoded) ? await decoded : decoded
        return rules ? await rules.ofResult(result, answer) : result
      } catch (error) {
        throw failures.broken(error, answer)
      }
    }
    const body = protocol.readError(parseErrorBody(await answer.text()), answer.status, operation)
    throw failures.refused(body, answer, failureOf(answer))
  }
}
