/** Work that is done one after the other, in the order in which it was given. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Resolves when all that was given so far has settled. */
  async ended(): Promise<void> {
    await this.#last
  }
}
