import type { DispatchedApp } from './fallbacks.js'

/** How often connections beyond the limit are told of at most, in milliseconds. */
const tellMs = 5_000

/** Counts connections that were closed because there were too many, and logs their number now and then: not once for each. */
export class RefusedConnections {
  #limit: number
  readonly #app: DispatchedApp
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limit: number, app: DispatchedApp) {
    this.#limit = limit
    this.#app = app
  }

  set limit(value: number) {
    this.#limit = value
  }

  readonly add = (): void => {
    this.#count++
    if (!this.#timer) this.#tell()
  }

  stop(): void {
    clearTimeout(this.#timer)
    if (this.#count > 0) this.#tell()
  }

  #tell(): void {
    const [count, limit] = [this.#count, this.#limit]
    this.#app.scope.log.warn('connection limit reached: connections refused', { count, limit })
    this.#count = 0
    const next = () => {
      this.#timer = undefined
      if (this.#count > 0) this.#tell()
    }
    this.#timer = setTimeout(next, tellMs).unref()
  }
}
