import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { seededRandom, type TestResponse, type Topology } from '@lokstra/core/testing'

import type { Order } from '../../../samples/shop/dist/index.js'
import { shop } from './shop.js'

/** What a customer does; each is one request to the API. */
export type Action = 'register' | 'order' | 'order again' | 'look' | 'list' | 'cancel' | 'read' | 'browse'

/** One request, and what came of it. */
export interface Answer {
  readonly action: Action
  /** The status, and the code of an error; or why there was no answer. */
  readonly outcome: string
  readonly milliseconds: number
}

interface Asked {
  readonly customerId: string
  readonly sku: string
  readonly quantity: number
  /** Every id that an answer gave for the key: one, where all is right. */
  readonly ids: Set<string>
  isConfirmed: boolean
  isCancelled: boolean
}

const onHand = 1_000
const priceCents = 250
/** How long a customer waits, in milliseconds: longer than any deadline of the servers. */
const patienceMs = 20_000
/** Between two requests of one customer at most, in milliseconds: enough for connections to be idle now and then. */
const longestPauseMs = 60
const wanted = new Set(['200', '201'])

/**
 * Customers who buy, each one request after the other, and remember what they were told. What got no answer, or one that
 * says that the servers failed, they ask again with the same key.
 */
export class Customers {
  readonly answers: Answer[] = []
  readonly #topology: Topology
  readonly #asked: Asked[] = []
  readonly #skus: readonly string[]
  #isOver = false
  #buying: Promise<unknown> = Promise.resolve()

  private constructor(topology: Topology, skus: readonly string[]) {
    this.#topology = topology
    this.#skus = skus
  }

  /** Fills the shop with goods that nobody else sells, and lets customers in. */
  static async enter(topology: Topology, { count, seed }: { count: number; seed: number }): Promise<Customers> {
    const catalog = topology.get(shop.CatalogService)
    const skus = Array.from({ length: 4 }, () => `goods-${randomUUID().slice(0, 8)}`)
    for (const sku of skus) {
      await catalog.put({ sku, name: 'Thing', priceCents })
      await catalog.deliver({ id: randomUUID(), sku, quantity: onHand })
    }
    const customers = new Customers(topology, skus)
    customers.#buying = Promise.all(
      Array.from({ length: count }, (_, index) => customers.#buy(seededRandom(`${seed} customer ${index}`))),
    )
    return customers
  }

  /** Lets everybody finish the request that is under way. */
  async leave(): Promise<void> {
    this.#isOver = true
    await this.#buying
  }

  /** How many requests were answered as their customer wished. */
  get served(): number {
    return this.answers.filter(({ outcome }) => wanted.has(outcome)).length
  }

  /** How often each outcome was seen. */
  get outcomes(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { outcome } of this.answers) counts[outcome] = (counts[outcome] ?? 0) + 1
    return counts
  }

  /** What does not fit what the customers were told, one line each; empty once all has come to rest and is right. */
  async findings(): Promise<readonly string[]> {
    const findings: string[] = []
    const left = new Map(this.#skus.map((sku) => [sku, onHand]))
    for (const customerId of new Set(this.#asked.map((one) => one.customerId))) {
      const asked = this.#asked.filter((one) => one.customerId === customerId)
      const orders = new Map((await this.#ordersOf(customerId)).map((order) => [order.id, order]))
      if (orders.size > asked.length) findings.push(`${orders.size} orders instead of ${asked.length}`)
      for (const { ids, sku, quantity, isConfirmed, isCancelled } of asked) {
        if (ids.size > 1) findings.push(`one key gave the orders ${[...ids].join(', ')}`)
        for (const id of ids) {
          const order = orders.get(id)
          const ends = isCancelled
            ? ['cancelled', 'confirmed']
            : isConfirmed
              ? ['confirmed']
              : ['confirmed', 'cancelled']
          if (!order || !ends.includes(order.status)) findings.push(`${id} is ${order?.status ?? 'lost'}`)
          else if (order.totalCents !== quantity * priceCents || order.lines[0]!.sku !== sku)
            findings.push(`${id} is another order`)
        }
      }
      for (const { id, status, lines } of orders.values()) {
        if (status === 'pending' || status === 'reserved') findings.push(`${id} is still ${status}`)
        if (status === 'confirmed') for (const { sku, quantity } of lines) left.set(sku, left.get(sku)! - quantity)
      }
    }
    for (const { sku, onHand: there, reserved } of await this.#topology
      .get(shop.CatalogService)
      .stock({ skus: [...this.#skus] })) {
      if (there !== left.get(sku) || reserved > 0)
        findings.push(`of ${sku} there are ${there} instead of ${left.get(sku)}, ${reserved} of them reserved`)
    }
    return findings
  }

  async #ordersOf(customerId: string): Promise<readonly Order[]> {
    const orders: Order[] = []
    for (let page = 1; ; page++) {
      const found = await this.#topology.get(shop.OrderService).list({ customerId, page, size: 100 })
      orders.push(...found.orders)
      if (orders.length >= found.total || found.orders.length === 0) return orders
    }
  }

  async #buy(random: () => number): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      const body = { email: `${randomUUID()}@example.org`, name: 'Ann' }
      const registered = await this.#send('register', 'POST', '/users', { body })
      if (registered?.status !== 201) continue
      const { user, token } = registered.json().data as { user: { id: string }; token: string }
      const headers = { authorization: `Bearer ${token}` }
      for (let orders = 0; orders < 5 && !this.#isOver; orders++) await this.#order(user.id, headers, random)
    }
  }

  async #order(customerId: string, headers: Record<string, string>, random: () => number): Promise<void> {
    const sku = this.#skus[Math.floor(random() * this.#skus.length)]!
    const asked: Asked = {
      customerId,
      sku,
      quantity: 1 + Math.floor(random() * 2),
      ids: new Set(),
      isConfirmed: false,
      isCancelled: false,
    }
    this.#asked.push(asked)
    const order = {
      headers: { ...headers, 'idempotency-key': randomUUID() },
      body: { lines: [{ sku, quantity: asked.quantity }] },
    }
    const learn = (answer: TestResponse | undefined) => {
      if (answer?.status !== 201) return
      const { id, status } = answer.json().data as Order
      asked.ids.add(id)
      asked.isConfirmed ||= status === 'confirmed'
    }
    while (!this.#isOver && asked.ids.size === 0) {
      learn(await this.#send('order', 'POST', '/orders', order))
      await this.#send('browse', 'GET', '/products', {})
    }
    const [id] = asked.ids
    if (id === undefined) return
    if (random() < 0.2) learn(await this.#send('order again', 'POST', '/orders', order))
    await this.#send('look', 'GET', `/orders/${id}`, { headers })
    await this.#send('list', 'GET', '/orders', { headers })
    await this.#send('read', 'GET', '/notifications', { headers })
    if (random() > 0.2) return
    asked.isCancelled = true
    await this.#send('cancel', 'POST', `/orders/${id}/cancel`, { headers })
  }

  async #send(
    action: Action,
    method: string,
    path: string,
    options: { readonly headers?: Record<string, string>; readonly body?: object },
  ): Promise<TestResponse | undefined> {
    await delay(Math.random() * longestPauseMs)
    const startedAt = performance.now()
    const note = (outcome: string) =>
      this.answers.push({ action, outcome, milliseconds: Math.round(performance.now() - startedAt) })
    try {
      const signal = AbortSignal.timeout(patienceMs)
      const answer = await this.#topology.request('api', method, path, { ...options, signal })
      const { status, text } = answer
      note(status < 300 ? String(status) : `${status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? text}`)
      return answer
    } catch (error) {
      const { name, cause } = error as Error & { cause?: NodeJS.ErrnoException }
      note(cause?.code ?? name)
      return undefined
    }
  }
}
