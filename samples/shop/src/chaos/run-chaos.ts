import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { seededRandom, type Topology } from '@lokstra/core/testing'

import { CatalogService } from '../catalog/catalog.service.js'
import { brokenInvariants, type Goods } from './invariants.js'
import { resourcesOf, type Resources } from './resources.js'
import { Shopper } from './shopper.js'

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
  /** Servers that are killed or restarted in turn. Default none. */
  readonly victims?: readonly string[]
  /** Victims that there must have been before the end, however slow the machine is. Default 0. */
  readonly harms?: number
  /** What is done to a victim; `kill` needs a process of its own. Default `kill`. */
  readonly harm?: 'kill' | 'restart'
  /** Time between two victims, in milliseconds. Default 4000. */
  readonly everyMs?: number
  /** Told what happens. Default nobody. */
  readonly say?: (line: string) => void
}

/** What came of it. */
export interface ChaosReport {
  /** What does not hold, one line each; empty when all is well. */
  readonly broken: readonly string[]
  /** Orders that clients asked for, and of those what was confirmed to them. */
  readonly asked: number
  readonly confirmed: number
  /** How often each status was answered; `lost` where there was no answer. */
  readonly answers: Readonly<Record<string, number>>
  /** How often each fault has happened. */
  readonly faults: Readonly<Record<string, number>>
  /** Servers that were killed or restarted. */
  readonly harmed: number
  /** What each process held at the end, by server; only where servers are processes. */
  readonly held: Readonly<Record<string, Resources>>
}

const products = 6
const onHand = 500
/** For clients to get what they wait for after the time is over. */
const patienceMs = 60_000
/** What a server may hold that has nothing to do: the connections that it keeps to others and to its database, and those kept to it. */
const mostSockets = 100
const mostMegabytes = 400
/** For orders to be settled after all is well again. */
const settleLimitMs = 90_000

/** Lets clients buy while servers fail, then lets everything come to rest and looks at what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { topology, seed, durationMs, atLeast = 0, clients = 6, say = () => undefined } = options
  const goods = await stockUp(topology)
  const shoppers = Array.from({ length: clients }, (_, index) => {
    const random = seededRandom(`${seed} shopper ${index}`)
    return new Shopper({ topology, skus: [...goods.keys()], random, cancels: 0.2 })
  })
  const buying = Promise.all(shoppers.map((shopper) => shopper.run()))
  const end = performance.now() + durationMs
  const harmed = await harm(options, end, say)
  if (performance.now() < end) await delay(end - performance.now())
  const confirmed = () => shoppers.flatMap(({ asked }) => asked).filter(({ isConfirmed }) => isConfirmed).length
  while (confirmed() < atLeast && performance.now() < end + patienceMs) await delay(50)
  for (const shopper of shoppers) shopper.stop()
  await buying
  topology.heal()
  for (const server of topology.servers) await server.start()
  say('All servers run again; waiting for orders to be settled')
  const asked = shoppers.flatMap((shopper) => shopper.asked)
  const broken = await settled(() => brokenInvariants(topology, asked, goods))
  const held = await heldBy(topology)
  const leaks = Object.entries(held).flatMap(([name, { sockets, megabytes }]) =>
    sockets > mostSockets || megabytes > mostMegabytes ? [`${name} holds ${sockets} sockets and ${megabytes} MB`] : [],
  )
  return {
    broken: [...shoppers.flatMap(({ contradictions }) => contradictions), ...broken, ...leaks],
    asked: asked.length,
    confirmed: confirmed(),
    answers: total(shoppers.map(({ answers }) => answers)),
    faults: topology.faults,
    harmed,
    held,
  }
}

async function heldBy(topology: Topology): Promise<Record<string, Resources>> {
  const held: Record<string, Resources> = {}
  for (const { name, pid } of topology.servers) {
    const resources = pid === undefined ? undefined : await resourcesOf(pid)
    if (resources) held[name] = resources
  }
  return held
}

/** Products that nobody else sells. */
async function stockUp(topology: Topology): Promise<ReadonlyMap<string, Goods>> {
  const catalog = topology.get(CatalogService)
  const goods = new Map<string, Goods>()
  for (let index = 0; index < products; index++) {
    const sku = `chaos-${randomUUID().slice(0, 8)}-${index}`
    const priceCents = 100 + 37 * index
    const delivery = { id: randomUUID(), sku, quantity: onHand }
    await again(() => catalog.put({ sku, name: `Thing ${index}`, priceCents }))
    await again(() => catalog.deliver(delivery))
    goods.set(sku, { onHand, priceCents })
  }
  return goods
}

/** @returns how many were harmed */
async function harm(
  { topology, seed, victims = [], harms = 0, harm: kind = 'kill', everyMs = 4_000 }: ChaosOptions,
  end: number,
  say: (line: string) => void,
): Promise<number> {
  const random = seededRandom(`${seed} harm`)
  let harmed = 0
  while (victims.length > 0 && (harmed < harms || performance.now() + everyMs < end)) {
    await delay(everyMs)
    const server = topology.server(victims[Math.floor(random() * victims.length)]!)
    const downMs = Math.floor(random() * 1_000)
    say(kind === 'kill' ? `kill -9 ${server.name}; back in ${downMs} ms` : `restart ${server.name}`)
    if (kind === 'kill') {
      await server.kill()
      await delay(downMs)
      await server.start()
    } else await server.restart()
    harmed++
  }
  return harmed
}

/** @returns what is still broken after the time that everything may take to come to rest */
async function settled(check: () => Promise<string[]>): Promise<readonly string[]> {
  const end = performance.now() + settleLimitMs
  for (;;) {
    const broken = await check().catch((error: unknown) => [String(error)])
    if (broken.length === 0 || performance.now() > end) return broken
    await delay(250)
  }
}

/** Faults happen to these calls as well. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === 50) throw error
      await delay(100)
    }
  }
}

function total(counts: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const map of counts) for (const [name, count] of map) sum[name] = (sum[name] ?? 0) + count
  return sum
}
