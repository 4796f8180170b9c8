import type { Endpoint } from './endpoint.js'

/** Chooses among the endpoints of one service: fewest calls under way, and of equals each in its turn. */
export class EndpointChoice {
  readonly endpoints: readonly Endpoint[]
  #turn = 0

  constructor(endpoints: readonly Endpoint[]) {
    this.endpoints = endpoints
  }

  /**
   * One that refused lately or is stopping is chosen only where there is no other, one whose circuit is open never.
   * @param without  those that were tried
   * @returns undefined where none is left
   */
  next(without: readonly Endpoint[]): Endpoint | undefined {
    const { endpoints } = this
    const { length } = endpoints
    let best: Endpoint | undefined
    let isBestAvoided = false
    this.#turn = (this.#turn + 1) % length
    for (let step = 0; step < length; step++) {
      const endpoint = endpoints[(this.#turn + step) % length]!
      if (endpoint.circuit.waitMs > 0 || without.includes(endpoint)) continue
      const { isAvoided } = endpoint
      const isBetter =
        best === undefined || (isAvoided === isBestAvoided ? endpoint.inFlight < best.inFlight : isBestAvoided)
      if (!isBetter) continue
      best = endpoint
      isBestAvoided = isAvoided
    }
    return best
  }

  /** Milliseconds until one of those whose circuit is open may be tried again. */
  get waitMs(): number {
    return Math.min(...this.endpoints.map(({ circuit }) => circuit.waitMs))
  }
}
