/** Lets work wait for its turn: so much of it is under way at one time, in the order in which it came. */
export class Semaphore {
  #free: number
  readonly #waiting: (() => void)[] = []

  /** @param most  how much may be under way */
  constructor(most: number) {
    this.#free = most
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
