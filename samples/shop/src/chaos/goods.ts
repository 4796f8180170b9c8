import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import type { Topology } from '@lokstra/core/testing'

import { CatalogService } from '../catalog/catalog.service.js'

interface Price {
  readonly cents: number
  /** When somebody began to set it, in milliseconds of `performance.now()`. */
  readonly from: number
  /** When the next one was set for certain. */
  until: number
}

interface Product {
  readonly sku: string
  /** All that has come in. */
  delivered: number
  readonly prices: Price[]
}

const products = 6
const firstDelivery = 500
/** For a server to come back, in milliseconds. */
const patienceMs = 120_000

/** Products that nobody else sells: what has come in of them, and what they cost when. */
export class Goods {
  readonly #catalog: CatalogService
  readonly #products = new Map<string, Product>()

  private constructor(topology: Topology) {
    this.#catalog = topology.get(CatalogService)
  }

  static async stockUp(topology: Topology): Promise<Goods> {
    const goods = new Goods(topology)
    const run = randomUUID().slice(0, 8)
    for (let index = 0; index < products; index++) {
      const sku = `chaos-${run}-${index}`
      goods.#products.set(sku, { sku, delivered: 0, prices: [] })
      await goods.setPrice(sku, 100 + 37 * index)
      await goods.deliver(sku, firstDelivery)
    }
    return goods
  }

  get skus(): readonly string[] {
    return [...this.#products.keys()]
  }

  delivered(sku: string): number {
    return this.#products.get(sku)!.delivered
  }

  /** Whether a product could have cost that much at some moment between the two. */
  couldCost(sku: string, cents: number, from: number, until: number): boolean {
    const { prices } = this.#products.get(sku)!
    return prices.some((price) => price.cents === cents && price.from <= until && price.until >= from)
  }

  async setPrice(sku: string, cents: number): Promise<void> {
    const { prices } = this.#products.get(sku)!
    const last = prices.at(-1)
    prices.push({ cents, from: performance.now(), until: Infinity })
    await again(() => this.#catalog.put({ sku, name: `Thing ${sku}`, priceCents: cents }))
    if (last) last.until = performance.now()
  }

  async deliver(sku: string, quantity: number): Promise<void> {
    const id = randomUUID()
    await again(() => this.#catalog.deliver({ id, sku, quantity }))
    this.#products.get(sku)!.delivered += quantity
  }

  /** Changes a price now and then, and has more delivered before a product is sold out, until the signal. */
  async trade(random: () => number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(500 + 1_000 * random(), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      const sku = this.skus[Math.floor(random() * products)]!
      if (random() < 0.3) await this.setPrice(sku, 1 + Math.floor(random() * 1_000))
      const stock = await this.#catalog.stock({ skus: [sku] }).catch(() => [])
      for (const { onHand, reserved } of stock) if (onHand - reserved < 50) await this.deliver(sku, firstDelivery)
    }
  }
}

/** Faults happen to these calls as well; they may be repeated. */
export async function again<T>(call: () => Promise<T>): Promise<T> {
  for (const limit = performance.now() + patienceMs; ;) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > limit) throw error
      await delay(100)
    }
  }
}
