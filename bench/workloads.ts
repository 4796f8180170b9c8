import { isDeepStrictEqual } from 'node:util'

import { receiptOf, viewOf } from './sample/order.js'
import { invalidFields, invalidOrder, sampleOrder, storedOrders } from './sample/orders.js'
import { guards } from './sample/guards.js'
import { bodyLimitBytes } from './sample/limits.js'

export interface BenchRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface ExpectedAnswer {
  readonly status: number
  /** Parsed body; of an error its message texts and request id are left out. Undefined where only the status counts. */
  readonly body: unknown
}

export interface Exchange {
  readonly request: BenchRequest
  readonly expected: ExpectedAnswer
}

/** Requests that every target answers alike; a connection sends them in turn. */
export interface Workload {
  readonly name: string
  readonly title: string
  readonly exchanges: readonly Exchange[]
}

const succeeds = (data: unknown, status = 200): ExpectedAnswer => ({
  status,
  body: { status: 'success', data: toJson(data) },
})
const fails = (status: number, code: string, fields?: readonly object[]): ExpectedAnswer => ({
  status,
  body: { status: 'error', error: { code, ...(fields ? { fields } : undefined) } },
})
const post = (body: string): BenchRequest => ({
  method: 'POST',
  path: '/orders',
  headers: { 'content-type': 'application/json' },
  body,
})
const get = (path: string, headers?: Readonly<Record<string, string>>): BenchRequest => ({
  method: 'GET',
  path,
  ...(headers ? { headers } : undefined),
})

export const workloads: readonly Workload[] = [
  {
    name: 'static',
    title: 'static JSON',
    exchanges: [{ request: get('/hello'), expected: succeeds({ hello: 'world' }) }],
  },
  {
    name: 'typed',
    title: 'typed path, query and header',
    exchanges: [
      {
        request: get('/customers/42/orders?page=2&size=50&active=true', { 'x-tenant': 'acme' }),
        expected: succeeds({ id: 42, page: 2, size: 50, active: true, tenant: 'acme' }),
      },
    ],
  },
  {
    name: 'post',
    title: 'validated nested POST',
    exchanges: [{ request: post(JSON.stringify(sampleOrder(7))), expected: succeeds(receiptOf(sampleOrder(7)), 201) }],
  },
  {
    name: 'invalid',
    title: 'the same, invalid',
    exchanges: [
      { request: post(JSON.stringify(invalidOrder(7))), expected: fails(400, 'VALIDATION_ERROR', invalidFields) },
    ],
  },
  {
    name: 'list',
    title: 'list of 100 objects',
    exchanges: [{ request: get('/orders'), expected: succeeds(storedOrders.map(viewOf)) }],
  },
  {
    name: 'middleware',
    title: 'ten middleware',
    exchanges: [{ request: get('/guarded'), expected: succeeds({ guarded: true }) }],
  },
  {
    name: 'routes',
    title: 'one of 500 routes',
    exchanges: [
      resource('resource-3', 'list', ''),
      resource('resource-17', 'show', '/81', { id: '81' }),
      resource('resource-29', 'part', '/5/parts/wheel', { id: '5', part: 'wheel' }),
      resource('resource-42', 'show', '/first', { id: 'first' }),
      resource('resource-58', 'parts', '/1024/parts', { id: '1024' }),
      resource('resource-66', 'show', '/7', { id: '7' }),
      resource('resource-80', 'part', '/12/parts/3', { id: '12', part: '3' }),
      resource('resource-99', 'list', ''),
    ],
  },
]

/** Asked once of every target before it is measured, besides the workloads: that the middleware run, that limits and checks hold. */
export const probes: readonly Exchange[] = [
  ...[guards[0]!, guards[6]!, guards[9]!].map((name) => ({
    request: get('/guarded', { 'x-stop': name }),
    expected: fails(403, 'FORBIDDEN'),
  })),
  { request: get('/missing'), expected: fails(404, 'NOT_FOUND') },
  {
    request: { ...get('/resource-5/9'), method: 'DELETE' },
    expected: succeeds({ resource: 'resource-5', operation: 'remove', id: '9' }),
  },
  {
    request: get('/customers/42/orders?active=false', { 'x-tenant': 'acme' }),
    expected: succeeds({ id: 42, page: 1, size: 20, active: false, tenant: 'acme' }),
  },
  {
    request: get('/customers/4x/orders?active=true', { 'x-tenant': 'acme' }),
    expected: { status: 400, body: undefined },
  },
  {
    request: get('/customers/42/orders?active=true&size=101', { 'x-tenant': 'acme' }),
    expected: { status: 400, body: undefined },
  },
  { request: get('/customers/42/orders?active=true'), expected: { status: 400, body: undefined } },
  {
    request: post(JSON.stringify({ ...sampleOrder(6), unknown: true })),
    expected: succeeds(receiptOf(sampleOrder(6)), 201),
  },
  { request: post(JSON.stringify({ ...sampleOrder(6), priority: '3' })), expected: { status: 400, body: undefined } },
  { request: post('{"reference":'), expected: { status: 400, body: undefined } },
  { request: post(JSON.stringify({ note: 'x'.repeat(bodyLimitBytes) })), expected: { status: 413, body: undefined } },
]

function resource(name: string, operation: string, rest: string, values: object = {}): Exchange {
  return { request: get(`/${name}${rest}`), expected: succeeds({ resource: name, operation, ...values }) }
}

/** As a client reads it: dates are text, what is undefined is not there. */
function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** Why an answer is not the expected one; undefined when it is. */
export function difference(
  { status, body }: ExpectedAnswer,
  answer: { readonly status: number; readonly type: string; readonly text: string },
): string | undefined {
  if (answer.status !== status) return `status ${answer.status} instead of ${status}: ${answer.text.slice(0, 500)}`
  if (!/^application\/json\b/.test(answer.type)) return `content-type "${answer.type}"`
  if (body === undefined) return undefined
  const actual = comparable(JSON.parse(answer.text))
  if (isDeepStrictEqual(actual, body)) return undefined
  return `${JSON.stringify(actual).slice(0, 2000)}\ninstead of ${JSON.stringify(body).slice(0, 2000)}`
}

/** Without the words and the request id of an error, both of which must be there. */
function comparable(answer: unknown): unknown {
  const { status, error } = answer as { status?: unknown; error?: Record<string, unknown> }
  if (status !== 'error' || error === undefined) return answer
  const { message, requestId, fields, ...rest } = error
  if (!isText(message) || !isText(requestId)) return answer
  if (!Array.isArray(fields)) return { status, error: rest }
  const wrong = fields.map(({ message: text, ...field }: Record<string, unknown>) => (isText(text) ? field : undefined))
  return { status, error: { ...rest, fields: wrong } }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
