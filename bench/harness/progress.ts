/** Where measurements say what they do next. */
export interface Steps {
  /** @param seconds  that this step is expected to take */
  step(text: string, seconds: number): void
}

/** One line that tells what is being measured, how far it is, and for how long it will go on. */
export class Progress implements Steps {
  readonly #total: number
  readonly #begun = performance.now()
  #done = 0
  #current = 0

  /** @param seconds  that all steps are expected to take */
  constructor(seconds: number) {
    this.#total = seconds
  }

  step(text: string, seconds: number): void {
    this.#done = Math.min(this.#done + this.#current, this.#total)
    this.#current = seconds
    const elapsed = (performance.now() - this.#begun) / 1000
    // Once it can be known, how much slower or faster than expected this machine is.
    const pace = this.#done > 5 ? elapsed / this.#done : 1
    const share = Math.round((this.#done / this.#total) * 100)
    const line = `${String(share).padStart(3)} %, ${duration(pace * (this.#total - this.#done))} left  ${text}`
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line.slice(0, process.stderr.columns - 1)}`)
    else process.stderr.write(`${line}\n`)
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K')
  }
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
