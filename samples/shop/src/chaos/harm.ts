import { setTimeout as delay } from 'node:timers/promises'

import type { Topology } from '@lokstra/core/testing'

import type { Customer } from './shopper.js'

/** What is done to servers. */
export interface HarmPlan {
  /** Servers that are harmed in turn. Each needs a process of its own. */
  readonly victims: readonly string[]
  /** A share of them, from 0 to 1, that is stopped in order and started again; the others get a kill -9. Default 0. */
  readonly restarts?: number
  /** Time between two victims, in milliseconds. */
  readonly everyMs: number
  /** Victims that there must have been before the end, however slow the machine is. Default 0. */
  readonly atLeast?: number
  /**
   * The only victims in the second half, so that the others live long enough for what they leak to be seen, and those that call these see
   * them die and come back. Default: all.
   */
  readonly laterVictims?: readonly string[]
}

/** What came of it. */
export interface HarmReport {
  readonly kills: number
  readonly restarts: number
  /** From the moment a server was back until clients got answers that need it, in milliseconds. */
  readonly recoveriesMs: readonly number[]
  /** Servers that clients did not reach again. */
  readonly broken: readonly string[]
}

/** What needs the server, through others. */
const needs: Readonly<Record<string, string>> = {
  users: '/users/me',
  catalog: '/products',
  orders: '/orders',
  notifications: '/notifications',
}
const recoveryLimitMs = 30_000

/** Harms one server after another until the time is over. */
export async function harm(
  topology: Topology,
  plan: HarmPlan,
  {
    random,
    customer,
    end,
    say,
  }: {
    readonly random: () => number
    readonly customer: Customer
    /** In milliseconds of `performance.now()`. */
    readonly end: number
    readonly say: (line: string) => void
  },
): Promise<HarmReport> {
  const { victims, laterVictims = victims, restarts = 0, everyMs, atLeast = 0 } = plan
  const middle = performance.now() + (end - performance.now()) / 2
  const report = { kills: 0, restarts: 0, recoveriesMs: [] as number[], broken: [] as string[] }
  while (report.kills + report.restarts < atLeast || performance.now() + everyMs < end) {
    await delay(everyMs)
    const some = performance.now() < middle ? victims : laterVictims
    const server = topology.server(some[Math.floor(random() * some.length)]!)
    const downMs = Math.floor(random() * 1_000)
    if (random() < restarts) {
      say(`restart ${server.name}`)
      await server.restart()
      report.restarts++
    } else {
      say(`kill -9 ${server.name}; back in ${downMs} ms`)
      await server.kill()
      await delay(downMs)
      await server.start()
      report.kills++
    }
    const tookMs = await recovery(topology, server.name, customer)
    report.recoveriesMs.push(tookMs)
    if (tookMs > recoveryLimitMs)
      report.broken.push(`clients did not reach ${server.name} again within ${recoveryLimitMs} ms of its start`)
  }
  return report
}

/** Nobody but the server was started anew. */
async function recovery(topology: Topology, name: string, { authorization }: Customer): Promise<number> {
  const startedAt = performance.now()
  const path = needs[name.replace(/-\d+$/, '')]!
  for (;;) {
    const signal = AbortSignal.timeout(recoveryLimitMs)
    const answer = await topology
      .request('api', 'GET', path, { headers: { authorization }, signal })
      .catch(() => undefined)
    const tookMs = performance.now() - startedAt
    if (answer?.status === 200 || tookMs > recoveryLimitMs) return tookMs
    await delay(50)
  }
}
