import type { Visit } from './visitors.js'

/** A server was away: from the moment it was killed or told to stop until it was ready again, in milliseconds of `performance.now()`. */
export interface Outage {
  readonly server: string
  readonly from: number
  readonly until: number
}

/** How well visitors were served. Shares are from 0 to 1. */
export interface Availability {
  /** Such as `GET /products`. */
  readonly operation: string
  /** Servers without which there is no answer. */
  readonly needs: readonly string[]
  readonly requests: number
  /** Share of the requests. */
  readonly answered: number
  /** Of the requests, those during which each of the servers was there. */
  readonly requestsWhileUp: number
  /** Share of those. */
  readonly answeredWhileUp: number
  /** Share of the seconds in which every request was answered. */
  readonly wholeSeconds: number
}

/** Share of the requests that may fail although every server is there: the network loses some more often than they are repeated. */
const allowedFailures = 0.03
/** Of fewer requests a share says nothing. */
const fewest = 100

/** By operation. */
export function availabilityOf(visits: readonly Visit[], outages: readonly Outage[]): readonly Availability[] {
  const byOperation = new Map<string, Visit[]>()
  for (const visit of visits) {
    const known = byOperation.get(visit.operation)
    if (known) known.push(visit)
    else byOperation.set(visit.operation, [visit])
  }
  return [...byOperation].map(([operation, own]) => {
    const { needs } = own[0]!
    const whileUp = own.filter(({ sentAt, endedAt }) =>
      outages.every(({ server, from, until }) => !needs.includes(server) || until < sentAt || from > endedAt),
    )
    const seconds = new Map<number, boolean>()
    for (const { sentAt, isAnswered } of own) {
      const second = Math.floor(sentAt / 1_000)
      seconds.set(second, isAnswered && (seconds.get(second) ?? true))
    }
    return {
      operation,
      needs,
      requests: own.length,
      answered: shareOf(own, ({ isAnswered }) => isAnswered),
      requestsWhileUp: whileUp.length,
      answeredWhileUp: shareOf(whileUp, ({ isAnswered }) => isAnswered),
      wholeSeconds: shareOf([...seconds.values()], (isWhole) => isWhole),
    }
  })
}

/** @returns what was not answered although all that it needs was there, one line each */
export function unavailableIn(availability: readonly Availability[]): readonly string[] {
  return availability.flatMap(({ operation, needs, requestsWhileUp, answeredWhileUp }) =>
    requestsWhileUp >= fewest && answeredWhileUp < 1 - allowedFailures
      ? [
          `${operation}: ${Math.round(requestsWhileUp * (1 - answeredWhileUp))} of ${requestsWhileUp} requests failed while ${needs.join(', ')} ran`,
        ]
      : [],
  )
}

function shareOf<T>(items: readonly T[], counts: (item: T) => boolean): number {
  return items.length === 0 ? 1 : items.filter(counts).length / items.length
}
