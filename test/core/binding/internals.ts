import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { LokstraError } from '@lokstra/core'
import { Context, HttpError, type AppScope, type Class } from '@lokstra/core'

import type * as Bind from '../../../packages/core/dist/binding/bind.js'
import type * as CompileBinder from '../../../packages/core/dist/binding/compile-binder.js'
import type * as CompileObject from '../../../packages/core/dist/binding/compile-object.js'
import type * as AwaitableModule from '../../../packages/core/dist/promises/awaitable.js'
import type * as InvalidInputModule from '../../../packages/core/dist/binding/invalid-input.js'
import type * as RefusalsModule from '../../../packages/core/dist/binding/refusals.js'
import type * as ReadInputPlan from '../../../packages/core/dist/contract/read-input-plan.js'
import { load } from '../../helpers/core-internals.js'

/** These parts have no public door: an application meets them through a server, which hides where an error was noticed. */
export const { bindObject, bindWith } = await load<typeof Bind>('binding/bind.js')
const compileObject = await load<typeof CompileObject>('binding/compile-object.js')
export const compiledObject: typeof CompileObject.compiledObject = compileObject.compiledObject
export const { binderText, compileInputBinder } = await load<typeof CompileBinder>('binding/compile-binder.js')
export const { InvalidInput } = await load<typeof InvalidInputModule>('binding/invalid-input.js')
const { Awaitable } = await load<typeof AwaitableModule>('promises/awaitable.js')
export const { Refusals } = await load<typeof RefusalsModule>('binding/refusals.js')
export const { readInputPlan, readObjectPlan } = await load<typeof ReadInputPlan>('contract/read-input-plan.js')

export type Verb = Parameters<typeof readInputPlan>[1]['verb']

export interface BindRequest {
  readonly verb?: Verb
  /** Path parameters. */
  readonly params?: Readonly<Record<string, string>>
  /** With `?`. */
  readonly search?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** Objects are sent as JSON. */
  readonly body?: unknown
  /** A form. */
  readonly form?: string
  readonly chunks?: readonly (string | Buffer)[]
  readonly limits?: Partial<AppScope['limits']>
  readonly unknownKeys?: 'drop' | 'reject'
}

export interface Bound {
  readonly value?: unknown
  readonly error?: unknown
  readonly wasSync: boolean
  readonly ctx: Context
}

let current: (req: IncomingMessage, res: ServerResponse) => void
let server: Server

before(async () => {
  server = createServer((req, res) => current(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
after(() => server.close())

export function port(): number {
  return (server.address() as AddressInfo).port
}

/** Serves the next request with the DTO's binder. */
export function serveOnce(dto: Class, options: BindRequest = {}): Promise<Bound> {
  const plan = planOf(dto, options.verb ?? 'POST', Object.keys(options.params ?? {}))
  const limits = { bodyBytes: 1024 * 1024, depth: 32, keys: 1_000, items: 10_000, ...options.limits }
  const app = { name: 'test', limits, unknownKeys: options.unknownKeys ?? 'drop' } as unknown as AppScope
  return new Promise((resolve) => {
    current = (req, res) => {
      const ctx = new Context(
        req,
        res,
        app,
        { path: '/', operation: undefined, handlerTimeoutMs: 0, serializer: undefined },
        options.params ?? {},
        '/',
        req.url!.replace(/^[^?]*\??/, ''),
      )
      const end = (result: Omit<Bound, 'wasSync' | 'ctx'>, wasSync: boolean) => {
        res.statusCode = 204
        if (!req.complete) res.setHeader('connection', 'close')
        res.end()
        resolve({ ...result, wasSync, ctx })
      }
      try {
        const outcome = compileInputBinder(plan, app.unknownKeys, (_, input) => input)(ctx)
        if (outcome instanceof Promise || outcome instanceof Awaitable)
          outcome.then(
            (value) => end({ value }, false),
            (error: unknown) => end({ error }, false),
          )
        else end({ value: outcome }, true)
      } catch (error) {
        end({ error }, true)
      }
    }
  })
}

/** Binds the request as an operation of that verb would, over a socket. */
export async function bind(dto: Class, options: BindRequest = {}): Promise<Bound> {
  const served = serveOnce(dto, options)
  const chunks = options.chunks ?? (options.form === undefined ? encode(options.body) : [options.form])
  const type = options.form !== undefined ? 'application/x-www-form-urlencoded' : 'application/json'
  const length = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0)
  const headers: Record<string, string | string[]> = {
    ...(chunks.length > 0 ? { 'content-type': type } : {}),
    ...(chunks.length === 1 ? { 'content-length': String(length) } : {}),
    ...options.headers,
  }
  for (const [name, value] of Object.entries(headers)) if (value === '') delete headers[name]
  const verb = options.verb === 'ALL' ? 'POST' : (options.verb ?? 'POST')
  const req = request({
    port: port(),
    host: '127.0.0.1',
    method: verb,
    path: `/${options.search ?? ''}`,
    headers,
    agent: false,
  })
  req.on('error', () => undefined).on('response', (res) => res.resume())
  for (const chunk of chunks) req.write(chunk)
  req.end()
  return served
}

function encode(body: unknown): readonly (string | Buffer)[] {
  if (body === undefined) return []
  return [typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)]
}

/** `in field code message` of each wrong field, `status message` of other errors, or the value itself. */
export async function outcome(dto: Class, options: BindRequest = {}): Promise<unknown> {
  const { value, error } = await bind(dto, options)
  return error === undefined ? { ...(value as object) } : describeError(error)
}

export function describeError(error: unknown): unknown {
  if (!HttpError.is(error)) throw error
  if (!error.fields) return `${error.status} ${error.message}`
  return error.fields.map((field) => `${field.in} ${field.field} ${field.code}: ${field.message}`)
}

function planOf(dto: Class, verb: Verb, pathParameters: readonly string[]) {
  const problems: LokstraError[] = []
  const plan = readInputPlan(dto, { verb, path: '/test', pathParameters, where: 'test.ts:1' }, problems)
  if (problems.length > 0) throw problems[0]!
  return plan
}

/** `CODE problem` of each mistake that reading the DTO finds. */
export function problemsOf(
  dto: unknown,
  verb: Verb = 'POST',
  pathParameters: readonly string[] = [],
): readonly string[] {
  const problems: LokstraError[] = []
  readInputPlan(dto as Class, { verb, path: '/test', pathParameters, where: 'test.ts:1' }, problems)
  return problems.map(({ code, problem }) => `${code} ${problem}`)
}
