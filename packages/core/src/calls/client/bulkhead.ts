interface Waiting {
  readonly enter: () => void
}

/** What became of the wish to enter. */
export type Admission = 'entered' | 'full' | 'late' | 'aborted'

/**
 * How many calls may be under way at once, and how many may wait for that. One that gives up leaves the queue at once: a server that
 * hangs would fill the queue with calls that nobody waits for.
 */
export class Bulkhead {
  readonly #concurrent: number
  readonly #queueLength: number
  /** In the order in which they came. */
  readonly #queue = new Set<Waiting>()
  #inFlight = 0

  constructor({ concurrent, queue }: { readonly concurrent: number; readonly queue: number }) {
    this.#concurrent = concurrent
    this.#queueLength = queue
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get queued(): number {
    return this.#queue.size
  }

  /** Enters where there is room at once; {@link leave} follows. */
  tryEnter(): boolean {
    if (this.#inFlight >= this.#concurrent) return false
    this.#inFlight++
    return true
  }

  /** Waits for room. After `entered`, {@link leave} follows. */
  enter(timeoutMs: number, signal: AbortSignal | undefined): Promise<Admission> {
    if (this.tryEnter()) return Promise.resolve('entered')
    if (signal?.aborted) return Promise.resolve('aborted')
    if (this.#queue.size >= this.#queueLength) return Promise.resolve('full')
    return new Promise((resolve) => {
      const settle = (admission: Admission): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#queue.delete(waiting)
        resolve(admission)
      }
      const onAbort = (): void => settle('aborted')
      const waiting: Waiting = { enter: () => settle('entered') }
      const timer = setTimeout(() => settle('late'), timeoutMs)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#queue.add(waiting)
    })
  }

  /** The next in the queue takes the place. */
  leave(): void {
    const [next] = this.#queue
    if (next) next.enter()
    else this.#inFlight--
  }
}
