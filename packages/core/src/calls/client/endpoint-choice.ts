import type { Endpoint } from './endpoint.js'

/** Chooses among the endpoints of one service: fewest calls under way, and of equals each in its turn. */
export class EndpointChoice {
  readonly endpoints: readonly Endpoint[]
  #turn = 0

  constructor(endpoints: readonly Endpoint[]) {
    this.endpoints = endpoints
  }

  /**
   * One that refused lately or is stopping is chosen only where there is no other. One whose breaker is open is chosen last, and never
   * unless all that it does is to refuse connections.
   * @param without  those that were tried
   * @returns undefined where none is left
   */
  next(without: readonly Endpoint[]): Endpoint | undefined {
    const { endpoints } = this
    const { length } = endpoints
    let best: Endpoint | undefined
    let bestRank = Infinity
    this.#turn = (this.#turn + 1) % length
    for (let step = 0; step < length; step++) {
      const endpoint = endpoints[(this.#turn + step) % length]!
      if (without.includes(endpoint)) continue
      const rank = rankOf(endpoint)
      if (rank > bestRank || rank === Infinity) continue
      if (rank === bestRank && endpoint.inFlight >= best!.inFlight) continue
      best = endpoint
      bestRank = rank
    }
    return best
  }

  /** Milliseconds until one of those whose breaker is open may be tried again. */
  get waitMs(): number {
    return Math.min(...this.endpoints.map(({ breaker }) => breaker.waitMs))
  }
}

/** The lowest is asked first, one without an end never. */
function rankOf({ breaker, isAvoided, isRefusing }: Endpoint): number {
  if (breaker.waitMs > 0) return isRefusing ? 2 : Infinity
  return isAvoided ? 1 : 0
}
