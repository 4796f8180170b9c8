import { seededRandom } from './seeded-random.js'

/** How often something happens to a call, from 0 (default, never) to 1 (always). */
type Share = number

/** What goes wrong between servers. At most one thing happens to one call. */
export interface FaultPlan {
  /** What happens to the nth call to a server follows from it. Default: random; it is told when something fails. */
  readonly seed?: number
  /** The request arrives later: between 1 ms and `latencyMs`. */
  readonly latency?: Share
  /** Default 50. */
  readonly latencyMs?: number
  /** This call is answered, and no connection is taken from then on: for between 1 ms and `refusedMs`. */
  readonly refused?: Share
  /** Default 100. */
  readonly refusedMs?: number
  /** The connection breaks before the server has the request. */
  readonly resetBefore?: Share
  /** The connection breaks when the server has answered, and the answer is lost. */
  readonly resetAfter?: Share
  /** The request arrives twice. */
  readonly duplicate?: Share
  /** The answer's body comes in pieces, over at most `latencyMs`. */
  readonly slowBody?: Share
  /** The connection breaks in the middle of the answer. */
  readonly cutBody?: Share
}

const kinds = ['latency', 'refused', 'resetBefore', 'resetAfter', 'duplicate', 'slowBody', 'cutBody'] as const
export type FaultKind = (typeof kinds)[number]

/** What happens to one request, and how long where it lasts. */
export interface Fault {
  readonly kind: FaultKind
  readonly durationMs: number
}

/** Chooses what happens to one request after another. */
export type FaultChoice = () => Fault | undefined

/** @param link  name of what the requests go to: each has a sequence of its own */
export function chooseFaults(plan: FaultPlan, seed: number, link: string): FaultChoice {
  const random = seededRandom(`${seed} ${link}`)
  const { latencyMs = 50, refusedMs = 100 } = plan
  return () => {
    let drawn = random()
    // Always drawn, so that what happens next does not depend on what happens now.
    const part = random()
    for (const kind of kinds) {
      const share = plan[kind] ?? 0
      if (drawn < share)
        return { kind, durationMs: 1 + Math.floor(part * (kind === 'refused' ? refusedMs : latencyMs)) }
      drawn -= share
    }
    return undefined
  }
}
