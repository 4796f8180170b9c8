import { setTimeout as delay } from 'node:timers/promises'

import type { TestResponse, Topology } from '@lokstra/core/testing'

import { Answers, type Promised } from './answers.js'
import { pages } from './pages.js'
import type { Asked, Customer } from './shopper.js'

/** One request of a visitor. Times in milliseconds of `performance.now()`. */
export interface Visit {
  /** Such as `GET /products`. */
  readonly operation: string
  /** Servers without which there is no answer. */
  readonly needs: readonly string[]
  readonly sentAt: number
  readonly endedAt: number
  /** Not with an error of the servers. */
  readonly isAnswered: boolean
}

export interface VisitorsOptions {
  readonly topology: Topology
  readonly skus: readonly string[]
  /** Who orders, each in turn. One or more. */
  readonly customers: readonly Customer[]
  /** Between two requests for the same thing, in milliseconds. */
  readonly everyMs: number
}

/** How long a visitor waits for an answer, in milliseconds: longer than any deadline of the servers. */
const patienceMs = 15_000
const placed: Promised = { 201: [], 409: ['OUT_OF_STOCK'] }
const read: Promised = { 200: [] }

/**
 * Requests at an even pace, whatever becomes of those before: how many of them are answered tells how much of the time there are answers.
 * Clients that come back as soon as they are sent away say nothing of that: they ask most often while there are none.
 */
export class Visitors {
  readonly visits: Visit[] = []
  readonly answers = new Answers()
  /** What they have ordered, each once. */
  readonly asked: Asked[] = []
  readonly #options: VisitorsOptions
  readonly #pending = new Set<Promise<void>>()
  readonly #end = new AbortController()

  constructor(options: VisitorsOptions) {
    this.#options = options
  }

  /** Until they are stopped and the last one has its answer. */
  async run(): Promise<void> {
    const { customers, everyMs } = this.#options
    const headers = { authorization: customers[0]!.authorization }
    await Promise.all([
      ...Object.entries(pages).map(([server, path]) =>
        this.#pace(everyMs, () => this.#visit('GET', path, [server], read, { headers })),
      ),
      this.#pace(everyMs * 2, () => this.#order()),
    ])
    await Promise.all(this.#pending)
  }

  stop(): void {
    this.#end.abort()
  }

  async #pace(everyMs: number, visit: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#end
    // Those of different kinds do not come together.
    await delay(Math.random() * everyMs)
    while (!signal.aborted) {
      const pending = visit().then(() => void this.#pending.delete(pending))
      this.#pending.add(pending)
      await delay(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #order(): Promise<void> {
    const { customers, skus } = this.#options
    const turn = this.asked.length
    const { id: customerId, authorization } = customers[turn % customers.length]!
    const asked: Asked = { customerId, sku: skus[turn % skus.length]!, quantity: 1, askedAt: performance.now() }
    this.asked.push(asked)
    const headers = { authorization, 'idempotency-key': `visit-${turn}` }
    const body = { lines: [{ sku: asked.sku, quantity: asked.quantity }] }
    const needs = ['users', 'catalog', 'orders']
    const answer = await this.#visit('POST', '/orders', needs, placed, { headers, body })
    if (answer?.status !== 201) return
    const { id, status } = (answer.json() as { data: { id: string; status: string } }).data
    asked.id = id
    asked.toldAt = performance.now()
    asked.isConfirmed = status === 'confirmed'
  }

  async #visit(
    method: string,
    path: string,
    needs: readonly string[],
    promised: Promised,
    options: { readonly headers: Record<string, string>; readonly body?: object },
  ): Promise<TestResponse | undefined> {
    const operation = `${method} ${path}`
    const sentAt = performance.now()
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await this.answers.note(operation, promised, () =>
      this.#options.topology.request('api', method, path, { ...options, signal }),
    )
    const isAnswered = answer !== undefined && answer.status < 500
    this.visits.push({ operation, needs, sentAt, endedAt: performance.now(), isAnswered })
    return answer
  }
}
