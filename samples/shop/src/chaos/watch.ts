import { setTimeout as delay } from 'node:timers/promises'

import type { Topology } from '@lokstra/core/testing'

import { growthOf, medianOf } from './growth.js'
import { Observer } from './servers/observer.js'
import { probeMessage, type Resources } from './servers/probe.js'

/** One measured thing over time. */
export interface Series {
  /** Of the process, or `database`. */
  readonly server: string
  /** Undefined for the database. A server that was started anew is another process. */
  readonly pid: number | undefined
  readonly what: string
  readonly values: readonly number[]
}

interface Measure {
  readonly what: string
  readonly of: (resources: Resources) => number
  /** Growth that is none yet. */
  readonly allowed: number
}

const MiB = 2 ** 20
const sockets = ['TCPSocketWrap', 'PipeWrap', 'TLSWrap']
const count = (active: Resources['active'], kinds: readonly string[]) =>
  kinds.reduce((sum, kind) => sum + (active[kind] ?? 0), 0)

const measures: readonly Measure[] = [
  { what: 'sockets', of: ({ active }) => count(active, sockets), allowed: 15 },
  { what: 'timers', of: ({ active }) => count(active, ['Timeout', 'Immediate']), allowed: 25 },
  {
    what: 'other handles',
    of: ({ active }) =>
      count(
        active,
        Object.keys(active).filter((kind) => !sockets.includes(kind) && kind !== 'Timeout' && kind !== 'Immediate'),
      ),
    allowed: 10,
  },
  { what: 'heap MiB', of: ({ heap }) => heap / MiB, allowed: 6 },
  { what: 'RSS MiB', of: ({ rss }) => rss / MiB, allowed: 60 },
  // Shown only: whatever else the machine does holds it up as well.
  { what: 'lag ms', of: ({ lagMs }) => lagMs, allowed: Infinity },
]
const databaseMeasures = [
  { what: 'connections', allowed: 8 },
  { what: 'transactions', allowed: 4 },
  { what: 'oldest transaction ms', allowed: 2_000 },
]
const mostShown = 12
/** Growth that is none yet, as a share of what there usually is. */
const allowedShare = 0.25
const allowances = new Map([...measures, ...databaseMeasures].map(({ what, allowed }) => [what, allowed]))

/** Sees what servers and their database hold while everything fails. */
export class Watch {
  readonly #topology: Topology
  readonly #everyMs: number
  readonly #database: Record<string, number[]> = {}
  readonly #end = new AbortController()
  #watching: Promise<void> | undefined

  constructor(topology: Topology, everyMs: number) {
    this.#topology = topology
    this.#everyMs = everyMs
    for (const { what } of databaseMeasures) this.#database[what] = []
  }

  start(): void {
    this.#watching = this.#watchDatabase()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#watching
  }

  /** Everything that was seen, process by process. */
  get series(): readonly Series[] {
    const processes = this.#topology.servers.flatMap(({ name, logs }) => {
      const byPid = new Map<number, Resources[]>()
      for (const { message, fields } of logs) {
        if (message !== probeMessage) continue
        const { pid, ...resources } = fields as unknown as Resources & { readonly pid: number }
        const known = byPid.get(pid)
        if (known) known.push(resources)
        else byPid.set(pid, [resources])
      }
      return [...byPid].flatMap(([pid, samples]) =>
        measures.map(({ what, of }) => ({ server: name, pid, what, values: samples.map(of) })),
      )
    })
    const database = Object.entries(this.#database).map(([what, values]) => ({
      server: 'database',
      pid: undefined,
      what,
      values,
    }))
    return [...processes, ...database]
  }

  async #watchDatabase(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      await delay(this.#everyMs, undefined, { signal }).catch(() => undefined)
      // A question that gets lost is asked again the next time.
      const seen = await this.#topology
        .get(Observer)
        .connections()
        .catch(() => undefined)
      if (!seen) continue
      this.#database.connections!.push(seen.open)
      this.#database.transactions!.push(seen.inTransaction)
      this.#database['oldest transaction ms']!.push(Math.round(seen.oldestMs))
    }
  }
}

/** @returns what grows and does not stop, one line each */
export function leaksIn(series: readonly Series[]): string[] {
  return series.flatMap(({ server, pid, what, values }) => {
    const growth = growthOf(values)
    if (growth <= Math.max(allowances.get(what)!, medianOf(values) * allowedShare)) return []
    const process = pid === undefined ? server : `${server} (process ${pid})`
    const course = someOf(values).map((value) => value.toFixed(1))
    return [`${process}: ${what} grow by ${growth.toFixed(1)} and do not stop: ${course.join(' ')}`]
  })
}

/** As many as fit a line, from the first to the last. */
function someOf(values: readonly number[]): readonly number[] {
  const step = Math.max(1, (values.length - 1) / (mostShown - 1))
  return Array.from({ length: Math.min(values.length, mostShown) }, (_, index) => values[Math.round(index * step)]!)
}
