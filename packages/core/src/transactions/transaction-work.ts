import type { OpenWork } from '../context/work-scope.js'
import { E_TRANSACTION_ROLLED_BACK, E_TRANSACTION_UNFINISHED } from '../errors/catalogue/transactions.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'

/** A transactional method that failed inside another piece of work. */
export interface Failure {
  /** `StockService.reserve` */
  readonly method: string
  readonly reason: string
  readonly cause: unknown
}

/** What is committed or undone as a whole. Transactional methods that run inside it join it. */
export abstract class TransactionWork implements OpenWork {
  abstract readonly name: string
  abstract readonly isOpen: boolean
  /** The work that it runs in. */
  readonly outer: OpenWork | undefined
  readonly #running: string[] = []
  #failure: Failure | undefined

  constructor(outer: OpenWork | undefined) {
    this.outer = outer
  }

  /** Runs a method that joins it. Until that has settled the work is not complete. */
  async include<T>(method: string, work: () => Promise<T>): Promise<T> {
    this.#running.push(method)
    try {
      return await work()
    } finally {
      this.#running.splice(this.#running.indexOf(method), 1)
    }
  }

  fail(failure: Failure): void {
    this.#failure ??= failure
  }

  /** Why it must not be committed although it succeeded. */
  objection(): LokstraError | undefined {
    const { name } = this
    if (this.#failure) {
      const { method, reason, cause } = this.#failure
      return lokstraError(E_TRANSACTION_ROLLED_BACK, { name, failed: method, reason }, [], { cause })
    }
    const [what] = this.#running
    return what === undefined ? undefined : lokstraError(E_TRANSACTION_UNFINISHED, { name, what })
  }
}
