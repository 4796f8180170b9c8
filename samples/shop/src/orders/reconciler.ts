import { Duration, Logger, OnReady, OnStop, runOutsideScopes, Service } from '@lokstra/core'
import { IsInt, Max, Min } from 'class-validator'

import type { Order } from './order.js'
import { OrderProcess } from './order-process.js'
import { OrderStore } from './order-store.js'

export class ReconcilerConfig {
  /** How often orders are looked for that are due. */
  @Duration() @IsInt() @Min(10) @Max(3_600_000) every = 1_000
  /** How long placing an order may take before it is given up. Longer than any request lasts. */
  @Duration() @IsInt() @Min(10) @Max(3_600_000) abandonAfter = 60_000
  /** Until the next attempt when others could not be told; twice as long after each. */
  @Duration() @IsInt() @Min(10) @Max(3_600_000) againAfter = 2_000
}

const batch = 20

/**
 * Settles orders that are due: what a crash has left half done, and what others could not be told at once. Several servers share
 * the work; an order that one of them has taken and not settled is due again after a while.
 */
@Service({ name: 'reconciler', config: ReconcilerConfig })
export class Reconciler {
  #timer: NodeJS.Timeout | undefined
  #run: Promise<void> | undefined
  #again = false
  #isStopped = true

  constructor(
    readonly config: ReconcilerConfig,
    private readonly orders: OrderStore,
    private readonly process: OrderProcess,
    private readonly log: Logger,
  ) {}

  @OnReady()
  start(): void {
    this.#isStopped = false
    this.#timer = setInterval(() => this.wake(), this.config.every)
    this.wake()
  }

  @OnStop()
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#run
  }

  /** Something is due. */
  wake(): void {
    if (this.#isStopped) return
    if (this.#run) {
      this.#again = true
      return
    }
    // Whichever request has woken it: what is due is not a part of it.
    this.#run = runOutsideScopes(() => this.#settleDue())
      .catch((err: unknown) => this.log.warn('Orders could not be looked for', { err }))
      .finally(() => {
        this.#run = undefined
        if (!this.#again) return
        this.#again = false
        this.wake()
      })
  }

  async #settleDue(): Promise<void> {
    for (;;) {
      const due = this.#isStopped ? [] : await this.orders.takeDue(batch, this.config.againAfter)
      if (due.length === 0) return
      await Promise.all(due.map((order) => this.#settle(order)))
    }
  }

  async #settle(order: Order): Promise<void> {
    try {
      const moved = order.status === 'pending' ? await this.process.abandon(order) : await this.process.fulfil(order)
      await this.process.settle(moved)
    } catch (err) {
      this.log.warn('An order could not be settled; trying again later', { order: order.id, status: order.status, err })
    }
  }
}
