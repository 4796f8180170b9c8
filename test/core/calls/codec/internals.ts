import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Context, type AppScope, type Class, type LokstraError, type Operation } from '@lokstra/core'

import type * as CompileBinder from '../../../../packages/core/dist/binding/compile-binder.js'
import type { CallConnection, CallRequest, CallResponse } from '../../../../packages/core/dist/calls/call-transport.js'
import type * as CallFormatter from '../../../../packages/core/dist/calls/codec/call-formatter.js'
import type * as CallOperation from '../../../../packages/core/dist/calls/codec/call-operation.js'
import type * as CallWriting from '../../../../packages/core/dist/calls/codec/call-writing.js'
import type * as ErrorDecoder from '../../../../packages/core/dist/calls/codec/error-decoder.js'
import type * as InputEncoder from '../../../../packages/core/dist/calls/codec/input-encoder.js'
import type * as OutputDecoder from '../../../../packages/core/dist/calls/codec/output-decoder.js'
import type * as ReadOperations from '../../../../packages/core/dist/contract/read-operations.js'
import type * as Remotable from '../../../../packages/core/dist/contract/remotable.js'
import type * as MemoryDeliver from '../../../../packages/core/dist/calls/memory/deliver.js'
import type * as HttpTransportModule from '../../../../packages/core/dist/calls/http/http-transport.js'
import type * as MemoryLoggerModule from '../../../../packages/core/dist/testing/memory-logger.js'
import type * as Send from '../../../../packages/core/dist/response/send.js'
import { load } from '../../../helpers/core-internals.js'

/** Calls meet the codec through a deployment, whose set-up would hide which value was lost where. */
const { compileInputBinder } = await load<typeof CompileBinder>('binding/compile-binder.js')
const { callFormatter } = await load<typeof CallFormatter>('calls/codec/call-formatter.js')
const { callWriting } = await load<typeof CallWriting>('calls/codec/call-writing.js')
const { HttpTransport } = await load<typeof HttpTransportModule>('calls/http/http-transport.js')
const { deliver: deliverInMemory } = await load<typeof MemoryDeliver>('calls/memory/deliver.js')
const { MemoryLogger } = await load<typeof MemoryLoggerModule>('testing/memory-logger.js')
const { sendError, sendOutcome } = await load<typeof Send>('response/send.js')
export const { callOperation, inputHeaders } = await load<typeof CallOperation>('calls/codec/call-operation.js')
export const { createInputEncoder } = await load<typeof InputEncoder>('calls/codec/input-encoder.js')
export const { createOutputDecoder } = await load<typeof OutputDecoder>('calls/codec/output-decoder.js')
export const { createErrorDecoder, parseErrorBody } = await load<typeof ErrorDecoder>('calls/codec/error-decoder.js')
const { readOperations } = await load<typeof ReadOperations>('contract/read-operations.js')
export const { refuseRemotable } = await load<typeof Remotable>('contract/remotable.js')

export type { CallRequest, CallResponse }

export const logger = new MemoryLogger('debug')

const limits = { bodyBytes: 64 * 1024 * 1024, depth: 64, keys: 10_000, items: 100_000 }
const app: AppScope = {
  name: 'test',
  log: logger,
  formatter: callFormatter,
  limits,
  unknownKeys: 'drop',
  handlerTimeoutMs: 0,
}

/**
 * Answers every request as the callee of one operation does, with what `handle` makes of its input.
 * @param paramsOf  parameters in the path of a request
 */
export function serveCalls(
  operation: Operation,
  handle: (input: object | undefined) => unknown,
  paramsOf: (path: string) => Readonly<Record<string, string>> = () => ({}),
): RequestListener {
  const { input, output, path } = operation
  const use = (_ctx: Context, bound: object | undefined) => handle(bound)
  const run = input ? compileInputBinder(input, 'drop', use) : (ctx: Context) => use(ctx, undefined)
  const route = { path, operation, handlerTimeoutMs: 0, ...callWriting(output) }
  return (req: IncomingMessage, res: ServerResponse) => {
    const [requested, search = ''] = req.url!.split('?') as [string, string?]
    const ctx = new Context(req, res, app, route, paramsOf(requested), path, search)
    const answer = async () => sendOutcome(ctx, await run(ctx), output.status)
    answer().catch((error: unknown) => sendError(ctx, error))
  }
}

let listener: RequestListener
let server: Server
let connection: CallConnection

before(async () => {
  // Long text may stand in a header here; a real head is bounded by Node.
  server = createServer({ maxHeaderSize: 1024 * 1024 }, (req, res) => listener(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  connection = new HttpTransport().connect(`http://127.0.0.1:${port}`, { connections: 4 })
})
after(async () => {
  await connection.close()
  server.close()
})

/** Sends a call to the callee, over a socket. */
export function deliver(callee: RequestListener, request: CallRequest, signal?: AbortSignal): Promise<CallResponse> {
  listener = callee
  return connection.send(request, { signal, timeoutMs: 10_000 })
}

/** The same without the socket, for tests of very many calls. */
export function deliverHere(callee: RequestListener, request: CallRequest): Promise<CallResponse> {
  return deliverInMemory(callee, request, { signal: undefined, timeoutMs: 10_000 })
}

/** The contracts of a controller whose decorators were applied to storages of their own, in which no server could start. */
export function contractsOf(controller: Class): readonly Operation[] {
  const problems: LokstraError[] = []
  const operations = readOperations(controller, { prefix: '/', contextType: Context }, problems)
  if (problems.length > 0) throw problems[0]!
  return operations
}

/** `CODE problem` of what keeps the operations of a class from being called from elsewhere. */
export function obstaclesOf(operations: readonly Operation[]): readonly string[] {
  const problems: LokstraError[] = []
  refuseRemotable(operations, problems)
  return problems.map(({ code, problem }) => `${code} ${problem}`)
}
