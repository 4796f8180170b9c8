import { setTimeout as delay } from 'node:timers/promises'

import type { TestResponse, Topology } from '@lokstra/core/testing'

import { Answers, type Promised } from './answers.js'

/** What one client asked for under one key, and what it was told. */
export interface Asked {
  readonly customerId: string
  readonly sku: string
  readonly quantity: number
  /** In milliseconds of `performance.now()`. */
  readonly askedAt: number
  /** Of the first answer that told the order; undefined while none has. */
  toldAt?: number
  /** Of the order; undefined where no answer told it. */
  id?: string
  /** The client was told that the order is confirmed. */
  isConfirmed?: boolean
  /** The client asked for it to be cancelled, whether it got an answer or not. */
  isCancelled?: boolean
}

export interface ShopperOptions {
  readonly topology: Topology
  readonly skus: readonly string[]
  /** Numbers from 0 to 1 that decide what is bought. */
  readonly random: () => number
  /** A share of its orders, from 0 to 1, that it cancels. */
  readonly cancels: number
  /** Between two orders, in milliseconds; half as much on average. */
  readonly thinksMs: number
}

/** A customer that has registered, with the keys it has used. */
export interface Customer {
  readonly id: string
  readonly authorization: string
}

/** How long a client waits for an answer, in milliseconds: longer than any deadline of the servers. */
const patienceMs = 15_000
/** Then it comes back as somebody else. */
const ordersOfOne = 50
const registered: Promised = { 201: [], 409: ['EMAIL_TAKEN'] }
const placed: Promised = { 201: [], 409: ['OUT_OF_STOCK'] }
const cancelled: Promised = { 200: [] }

/** A client that buys one thing after another. What it gets no answer to it asks again, with the same key, as long as it goes on. */
export class Shopper {
  readonly asked: Asked[] = []
  readonly answers = new Answers()
  /** Answers that contradict each other. */
  readonly contradictions: string[] = []
  readonly #options: ShopperOptions
  #customer: Customer | undefined
  #isStopped = false

  constructor(options: ShopperOptions) {
    this.#options = options
  }

  /** Buys until it is stopped. */
  async run(): Promise<void> {
    const { random, thinksMs } = this.#options
    for (let orders = 0; !this.#isStopped; orders++) {
      if (orders % ordersOfOne === 0) this.#customer = undefined
      this.#customer ??= await this.register()
      if (this.#customer) await this.#buy(this.#customer)
      await delay(random() * thinksMs)
    }
  }

  /** What it has asked for is not asked again. */
  stop(): void {
    this.#isStopped = true
  }

  /** @returns undefined when it was stopped before somebody could be registered */
  async register(): Promise<Customer | undefined> {
    while (!this.#isStopped) {
      // Another address each time: an answer that was lost may have taken it.
      const email = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}@example.org`
      const answer = await this.#send('POST', '/users', registered, { body: { email, name: 'Shopper' } })
      if (answer?.status === 201) {
        const { user, token } = (answer.json() as { data: { user: { id: string }; token: string } }).data
        return { id: user.id, authorization: `Bearer ${token}` }
      }
      await this.#wait()
    }
    return undefined
  }

  async #buy({ id: customerId, authorization }: Customer): Promise<void> {
    const { skus, random, cancels } = this.#options
    const sku = skus[Math.floor(random() * skus.length)]!
    const asked: Asked = { customerId, sku, quantity: 1 + Math.floor(random() * 3), askedAt: performance.now() }
    const isRegretted = random() < cancels
    this.asked.push(asked)
    const headers = { authorization, 'idempotency-key': String(this.asked.length) }
    const body = { lines: [{ sku, quantity: asked.quantity }] }
    const first = await this.#ask('POST', '/orders', placed, { headers, body })
    if (first?.status !== 201) return
    this.#learn(asked, first)
    // As a client does that does not know whether its first request arrived.
    if (random() < 0.1) {
      const again = await this.#ask('POST', '/orders', placed, { headers, body })
      if (again?.status === 201) this.#learn(asked, again)
    }
    if (!isRegretted) return
    asked.isCancelled = true
    await this.#ask('POST', `/orders/${asked.id!}/cancel`, cancelled, { headers: { authorization } })
  }

  #learn(asked: Asked, answer: TestResponse): void {
    const { id, status } = (answer.json() as { data: { id: string; status: string } }).data
    if (asked.id !== undefined && asked.id !== id)
      this.contradictions.push(`one key gave the orders ${asked.id} and ${id}`)
    asked.id = id
    asked.toldAt ??= performance.now()
    if (status === 'confirmed') asked.isConfirmed = true
  }

  /** Asks until there is an answer that is not the fault of the servers. @returns undefined when it was stopped before */
  async #ask(
    method: string,
    path: string,
    promised: Promised,
    options: { readonly headers: Record<string, string>; readonly body?: object },
  ): Promise<TestResponse | undefined> {
    while (!this.#isStopped) {
      const answer = await this.#send(method, path, promised, options)
      if (answer && answer.status < 500) return answer
      await this.#wait()
    }
    return undefined
  }

  #wait(): Promise<void> {
    return delay(20 + 80 * this.#options.random())
  }

  #send(
    method: string,
    path: string,
    promised: Promised,
    options: { readonly headers?: Record<string, string>; readonly body?: object },
  ): Promise<TestResponse | undefined> {
    const signal = AbortSignal.timeout(patienceMs)
    return this.answers.note(`${method} ${path.replace(/[0-9a-f-]{36}/, ':id')}`, promised, () =>
      this.#options.topology.request('api', method, path, { ...options, signal }),
    )
  }
}
