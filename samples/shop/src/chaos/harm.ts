import { setTimeout as delay } from 'node:timers/promises'

import type { Topology } from '@lokstra/core/testing'

import type { Outage } from './availability.js'
import { pages } from './pages.js'
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
  /** When which server was away. */
  readonly outages: readonly Outage[]
  /** From the moment a server was ready again until clients got answers that need it, in milliseconds. */
  readonly recoveriesMs: readonly number[]
  /** Servers that clients did not reach again. */
  readonly broken: readonly string[]
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
  const outages: Outage[] = []
  const report = { kills: 0, restarts: 0, outages, recoveriesMs: [] as number[], broken: [] as string[] }
  while (report.kills + report.restarts < atLeast || performance.now() + everyMs < end) {
    await delay(everyMs)
    const some = performance.now() < middle ? victims : laterVictims
    const server = topology.server(some[Math.floor(random() * some.length)]!)
    const downMs = Math.floor(random() * 1_000)
    const from = performance.now()
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
    const until = performance.now()
    outages.push({ server: kindOf(server.name), from, until })
    const tookMs = await recovery(topology, server.name, customer)
    report.recoveriesMs.push(tookMs)
    say(`  ready after ${Math.round(until - from)} ms; clients are answered ${Math.round(tookMs)} ms later`)
    if (tookMs > recoveryLimitMs)
      report.broken.push(`clients did not reach ${server.name} again within ${recoveryLimitMs} ms of its start`)
  }
  return report
}

/** Nobody but the server was started anew. */
async function recovery(topology: Topology, name: string, { authorization }: Customer): Promise<number> {
  const startedAt = performance.now()
  const path = pages[kindOf(name)]!
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

/** `users` for `users-2`. */
function kindOf(server: string): string {
  return server.replace(/-\d+$/, '')
}
