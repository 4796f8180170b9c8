import type { TestResponse } from '@lokstra/core/testing'

/** Codes of the errors that an operation declares, by status; none for a success. */
export type Promised = Readonly<Record<number, readonly string[]>>

/** What clients are told while servers are away or too slow. */
const outages: Promised = { 503: ['REMOTE_UNAVAILABLE'], 504: ['REMOTE_TIMEOUT'] }

/** What one client was answered. */
export class Answers {
  /** How often each status was answered; `lost` where there was no answer. */
  readonly counts = new Map<string, number>()
  /** In milliseconds, of the answers that are no errors of the servers. */
  readonly latencies: number[] = []
  /** Answers that the API does not promise, and requests that were not answered at all. */
  readonly unexpected: string[] = []

  /**
   * @param operation  such as `POST /orders`
   * @returns undefined where there was no answer
   */
  async note(
    operation: string,
    promised: Promised,
    send: () => Promise<TestResponse>,
  ): Promise<TestResponse | undefined> {
    const startedAt = performance.now()
    const answer = await send().catch((error: unknown) => error as Error)
    const tookMs = performance.now() - startedAt
    if (answer instanceof Error) {
      this.#count('lost')
      this.unexpected.push(`${operation} was not answered in ${Math.round(tookMs)} ms: ${answer.message}`)
      return undefined
    }
    this.#count(String(answer.status))
    if (answer.status < 500) this.latencies.push(tookMs)
    if (!isPromised(answer, { ...outages, ...promised }))
      this.unexpected.push(`${operation} was answered with ${answer.status} ${answer.text.slice(0, 300)}`)
    return answer
  }

  #count(outcome: string): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1)
  }
}

function isPromised(answer: TestResponse, promised: Promised): boolean {
  const codes = promised[answer.status]
  if (!codes) return false
  if (codes.length === 0) return true
  try {
    const { error } = answer.json() as { readonly error?: { readonly code?: string } }
    return error?.code !== undefined && codes.includes(error.code)
  } catch {
    return false
  }
}
