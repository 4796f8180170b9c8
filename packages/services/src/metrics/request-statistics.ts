import type { Context } from '@lokstra/core'

const switchingProtocols = 101

/** Requests of one route with one verb. */
interface RouteStatistics {
  readonly app: string
  readonly method: string
  readonly route: string
  /** By status; 0 where the client was gone before there was an answer. */
  readonly statuses: Map<number, number>
  readonly counts: number[]
  seconds: number
}

/** Counts the requests of a server by route and verb: patterns of its apps, and verbs of HTTP only, so their number has a bound. */
export class RequestStatistics {
  readonly bounds: readonly number[]
  readonly #byRoute = new Map<string, RouteStatistics>()

  /** @param bounds  upper bounds of the durations, in seconds, ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
  }

  get routes(): Iterable<RouteStatistics> {
    return this.#byRoute.values()
  }

  /** After the response: counts the request. */
  add({ app, method, route, res, startedAt }: Context): void {
    const key = `${app.name} ${method} ${route.path}`
    let statistics = this.#byRoute.get(key)
    if (!statistics) {
      const counts = Array.from({ length: this.bounds.length + 1 }, () => 0)
      statistics = { app: app.name, method, route: route.path, statuses: new Map(), counts, seconds: 0 }
      this.#byRoute.set(key, statistics)
    }
    const status = res.headersSent ? res.statusCode : 0
    statistics.statuses.set(status, (statistics.statuses.get(status) ?? 0) + 1)
    // Its connection was open for as long as the two sides of the other protocol liked.
    if (status === switchingProtocols) return
    const seconds = (performance.now() - startedAt) / 1_000
    statistics.seconds += seconds
    let bucket = 0
    while (bucket < this.bounds.length && seconds > this.bounds[bucket]!) bucket++
    statistics.counts[bucket]!++
  }
}
