import { setTimeout as delay } from 'node:timers/promises'

import { seededRandom, type Topology } from '@lokstra/core/testing'

import { audit } from './audit.js'
import { availabilityOf, unavailableIn, type Availability } from './availability.js'
import { Goods } from './goods.js'
import { harm, type HarmPlan, type HarmReport } from './harm.js'
import { Shopper } from './shopper.js'
import { Visitors } from './visitors.js'
import { leaksIn, Watch, type Series } from './watch.js'

export interface ChaosOptions {
  /** The shop, with whatever goes wrong between its servers. */
  readonly topology: Topology
  readonly seed: number
  /** How long servers fail and clients buy, in milliseconds. */
  readonly durationMs: number
  /** Orders that must have been confirmed before clients stop, however slow the machine is. Default 0. */
  readonly atLeast?: number
  /** Clients at one time. Default 6. */
  readonly clients?: number
  /** How long a client waits between two orders at most, in milliseconds. Default 0. */
  readonly thinksMs?: number
  /** Between two paced requests for the same thing, in milliseconds; orders come half as often. Default: none are sent. */
  readonly visitsEveryMs?: number
  /** What is done to servers. Default nothing. */
  readonly harm?: HarmPlan
  /** Time between two looks at what servers and database hold, in milliseconds; needs the observer. Default: no look. */
  readonly watchMs?: number
  /** Told what happens. Default nobody. */
  readonly say?: (line: string) => void
}

/** What came of it. */
export interface ChaosReport extends Omit<HarmReport, 'broken'> {
  /** What does not hold, one line each; empty when all is well. */
  readonly broken: readonly string[]
  /** Orders that clients asked for, and of those what was confirmed to them. */
  readonly asked: number
  readonly promised: number
  /** Orders in the end. */
  readonly orders: number
  readonly confirmed: number
  readonly cancelled: number
  /** How long clients bought, in milliseconds. */
  readonly lastedMs: number
  /** How often each status was answered to buyers, who come back at once; `lost` where there was no answer. */
  readonly answers: Readonly<Record<string, number>>
  /** Of all answers that are no errors of the servers, in milliseconds. */
  readonly latencies: readonly number[]
  /** What paced requests found. */
  readonly availability: readonly Availability[]
  /** How often each fault has happened. */
  readonly faults: Readonly<Record<string, number>>
  /** What was held over time. */
  readonly series: readonly Series[]
}

/** For clients to get what they wait for after the time is over. */
const patienceMs = 60_000
const customersOfVisits = 10
const noHarm: HarmReport = { kills: 0, restarts: 0, outages: [], recoveriesMs: [], broken: [] }

/** Lets clients buy while servers fail, then lets everything come to rest and looks at what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { topology, seed, durationMs, atLeast = 0, clients = 6, thinksMs = 0, watchMs, visitsEveryMs } = options
  const { say = () => undefined } = options
  const randomOf = (what: string) => seededRandom(`${seed} ${what}`)
  const goods = await Goods.stockUp(topology)
  const shoppers = Array.from({ length: clients }, (_, index) => {
    return new Shopper({ topology, skus: goods.skus, random: randomOf(`shopper ${index}`), cancels: 0.2, thinksMs })
  })
  const register = async () => (await shoppers[0]!.register())!
  const customer = await register()
  const visitors =
    visitsEveryMs === undefined
      ? undefined
      : new Visitors({
          topology,
          skus: goods.skus,
          customers: await Promise.all(Array.from({ length: customersOfVisits }, register)),
          everyMs: visitsEveryMs,
        })
  const watch = watchMs === undefined ? undefined : new Watch(topology, watchMs)
  watch?.start()
  const startedAt = performance.now()
  const buying = Promise.all([...shoppers.map((shopper) => shopper.run()), visitors?.run()])
  const trade = new AbortController()
  const trading = goods.trade(randomOf('trade'), trade.signal).then(
    () => [],
    (error: unknown) => [`nothing could be delivered any more: ${String(error)}`],
  )
  const end = startedAt + durationMs
  const harming = options.harm
    ? harm(topology, options.harm, { random: randomOf('harm'), customer, end, say })
    : Promise.resolve(noHarm)
  const promised = () => shoppers.flatMap(({ asked }) => asked).filter(({ isConfirmed }) => isConfirmed).length
  const waiting = async () => {
    await harming
    while (performance.now() < end || (promised() < atLeast && performance.now() < end + patienceMs)) await delay(50)
  }
  const stop = async () => {
    for (const shopper of shoppers) shopper.stop()
    visitors?.stop()
    trade.abort()
    await watch?.stop()
  }
  // All of them end, also where one fails.
  const [harmed, , , undelivered] = await Promise.all([harming, waiting().finally(stop), buying, trading])
  const lastedMs = performance.now() - startedAt
  topology.heal()
  for (const server of topology.servers) await server.start()
  say('All servers run again; waiting for orders to be settled')
  const asked = [...shoppers.flatMap((shopper) => shopper.asked), ...(visitors?.asked ?? [])]
  const { broken, ...found } = await audit(topology, asked, goods)
  const series = watch?.series ?? []
  const availability = availabilityOf(visitors?.visits ?? [], harmed.outages)
  return {
    ...harmed,
    ...found,
    broken: [
      ...shoppers.flatMap(({ answers, contradictions }) => [...contradictions, ...answers.unexpected]),
      ...(visitors?.answers.unexpected ?? []),
      ...unavailableIn(availability),
      ...harmed.broken,
      ...undelivered,
      ...broken,
      ...leaksIn(series),
    ],
    asked: asked.length,
    promised: promised(),
    answers: total(shoppers.map(({ answers }) => answers.counts)),
    latencies: shoppers.flatMap(({ answers }) => answers.latencies).concat(visitors?.answers.latencies ?? []),
    lastedMs,
    availability,
    faults: topology.faults,
    series,
  }
}

function total(counts: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const map of counts) for (const [name, count] of map) sum[name] = (sum[name] ?? 0) + count
  return sum
}
