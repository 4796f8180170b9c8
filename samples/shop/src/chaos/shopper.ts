import { setTimeout as delay } from 'node:timers/promises'

import type { TestResponse, Topology } from '@lokstra/core/testing'

/** What one client asked for under one key, and what it was told. */
export interface Asked {
  readonly customerId: string
  readonly sku: string
  readonly quantity: number
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
}

/** How long a client waits for an answer, in milliseconds. */
const patienceMs = 15_000

/** A client that buys one thing after another. What it gets no answer to it asks again, with the same key, as long as it goes on. */
export class Shopper {
  readonly asked: Asked[] = []
  /** Answers that contradict each other. */
  readonly contradictions: string[] = []
  /** How often each status was answered; `lost` where there was no answer. */
  readonly answers = new Map<string, number>()
  readonly #options: ShopperOptions
  #customer: { readonly id: string; readonly authorization: string } | undefined
  #isStopped = false

  constructor(options: ShopperOptions) {
    this.#options = options
  }

  /** Buys until it is stopped. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      this.#customer ??= await this.#register()
      if (this.#customer) await this.#buy(this.#customer)
    }
  }

  /** What it has asked for is not asked again. */
  stop(): void {
    this.#isStopped = true
  }

  async #register(): Promise<{ readonly id: string; readonly authorization: string } | undefined> {
    // Another address each time: an answer that was lost may have taken it.
    const email = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}@example.org`
    const answer = await this.#send('POST', '/users', { body: { email, name: 'Shopper' } })
    if (answer?.status !== 201) return undefined
    const { user, token } = (answer.json() as { data: { user: { id: string }; token: string } }).data
    return { id: user.id, authorization: `Bearer ${token}` }
  }

  async #buy({
    id: customerId,
    authorization,
  }: {
    readonly id: string
    readonly authorization: string
  }): Promise<void> {
    const { skus, random, cancels } = this.#options
    const sku = skus[Math.floor(random() * skus.length)]!
    const asked: Asked = { customerId, sku, quantity: 1 + Math.floor(random() * 3) }
    const isRegretted = random() < cancels
    this.asked.push(asked)
    const headers = { authorization, 'idempotency-key': String(this.asked.length) }
    const body = { lines: [{ sku, quantity: asked.quantity }] }
    const placed = await this.#ask('POST', '/orders', { headers, body })
    if (placed?.status !== 201) return
    this.#learn(asked, placed)
    // As a client does that does not know whether its first request arrived.
    if (random() < 0.1) {
      const again = await this.#ask('POST', '/orders', { headers, body })
      if (again?.status === 201) this.#learn(asked, again)
    }
    if (!isRegretted) return
    asked.isCancelled = true
    await this.#ask('POST', `/orders/${asked.id!}/cancel`, { headers: { authorization } })
  }

  #learn(asked: Asked, answer: TestResponse): void {
    const { id, status } = (answer.json() as { data: { id: string; status: string } }).data
    if (asked.id !== undefined && asked.id !== id)
      this.contradictions.push(`one key gave the orders ${asked.id} and ${id}`)
    asked.id = id
    if (status === 'confirmed') asked.isConfirmed = true
  }

  /** Asks until there is an answer that is not the fault of the servers. @returns undefined when it was stopped before */
  async #ask(
    method: string,
    path: string,
    options: { readonly headers: Record<string, string>; readonly body?: object },
  ): Promise<TestResponse | undefined> {
    while (!this.#isStopped) {
      const answer = await this.#send(method, path, options)
      if (answer && answer.status < 500) return answer
      await delay(20 + 80 * this.#options.random())
    }
    return undefined
  }

  async #send(
    method: string,
    path: string,
    options: { readonly headers?: Record<string, string>; readonly body?: object },
  ): Promise<TestResponse | undefined> {
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await this.#options.topology
      .request('api', method, path, { ...options, signal })
      .catch(() => undefined)
    const outcome = answer ? String(answer.status) : 'lost'
    this.answers.set(outcome, (this.answers.get(outcome) ?? 0) + 1)
    return answer
  }
}
