import type { Context } from '../../context/context.js'
import { contractHashOf } from '../../compatibility/describe-contracts.js'
import type { Operation } from '../../contract/operation.js'
import type { CallKeys } from '../auth/call-keys.js'
import { signCall } from '../auth/sign-call.js'
import { signedHeaders } from '../auth/signed-text.js'
import type { CallRequest } from '../call-transport.js'
import { callMetadataWriter } from '../call-metadata.js'
import { callHeader } from '../call-headers.js'
import { callOperation, inputHeaders } from '../codec/call-operation.js'
import { contextHeaders, traceHeaders } from '../propagation/call-context.js'

/** What makes the request of an operation a call of a certain kind. */
export interface CallProtocol {
  /** The contract that calls of an operation are encoded by. */
  contractOf(operation: Operation): Operation
  /** The body of an error answer, as servers of a project write it. */
  readError(body: unknown, status: number, operation: Operation): unknown
  /** Headers of all attempts of one call, in an object of its own. */
  headersFor(ctx: Context | undefined): Record<string, string>
  /**
   * The other side knows the classes of the operation: it checks their rules, and says where its streams end. Otherwise rules are
   * checked on this side.
   */
  readonly isOurs: boolean
  /** What differs for each attempt. */
  prepare(operation: Operation): PrepareCall
}

export type PrepareCall = (
  request: CallRequest,
  attempt: { readonly number: number; readonly remainingMs: number },
) => CallRequest

/** How servers of one project call one another. */
export interface ProjectProtocolOptions {
  readonly service: string
  /** `shop.orders`, or the name of a server without deployment. */
  readonly caller: string
  /** Undefined where nothing is signed. */
  readonly keys: CallKeys | undefined
  /** Keys of baggage that may cross. */
  readonly baggage: ReadonlySet<string>
}

export function projectProtocol({ service, caller, keys, baggage }: ProjectProtocolOptions): CallProtocol {
  return {
    isOurs: true,
    contractOf: (operation) => callOperation(operation, service),
    readError: (body) => body,
    headersFor: (ctx) => contextHeaders(ctx, baggage),
    prepare(operation) {
      const signed = signedHeaders(inputHeaders(callOperation(operation, service)))
      const writeMetadata = callMetadataWriter(caller, () => contractHashOf(operation))
      return (request, { number, remainingMs }) => {
        const { verb, target, body } = request
        const headers = copyHeaders(request.headers)
        const metadata = writeMetadata(Math.max(1, Math.floor(remainingMs)), number)
        const prepared: CallRequest = { verb, target, headers, body }
        headers[callHeader.call] = keys ? signCall(metadata, prepared, signed, keys) : metadata
        return prepared
      }
    },
  }
}

/** A spread would make an object that takes 1.5 µs to add to: it knows nothing of what is added. */
function copyHeaders(headers: CallRequest['headers']): Record<string, string> {
  const copy: Record<string, string> = {}
  for (const name in headers) copy[name] = headers[name]!
  return copy
}

/**
 * A request of the server itself, such as for contracts.
 * @param timeoutMs  for which it waits
 */
export function signRequest(
  request: CallRequest,
  timeoutMs: number,
  caller: string,
  keys: CallKeys | undefined,
): CallRequest {
  const metadata = callMetadataWriter(caller)(timeoutMs, 1)
  const call = keys ? signCall(metadata, request, signedHeaders(), keys) : metadata
  return { ...request, headers: { ...request.headers, [callHeader.call]: call } }
}

/** How a service of another system is called: as it documents itself, with what the configuration adds. */
export function externalProtocol(headers: ReadonlyMap<string, string>): CallProtocol {
  const own = Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value]))
  return {
    isOurs: false,
    contractOf: (operation) => operation,
    readError: externalError,
    headersFor: (ctx) => ({ ...own, ...traceHeaders(ctx) }),
    prepare: () => (request) => request,
  }
}

/** Of an error of another system only its status says which of the declared ones it is. */
function externalError(_body: unknown, status: number, { errors, method }: Operation): unknown {
  const declared = errors.find((error) => error.status === status)
  const code = declared?.code ?? `HTTP_${status}`
  return { error: { type: declared?.type.name, status, code, message: `${method} was refused` } }
}
