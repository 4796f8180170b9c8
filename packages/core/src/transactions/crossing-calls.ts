import type { WorkScope } from '../context/work-scope.js'
import { E_TRANSACTION_CROSSES } from '../errors/catalogue/transactions.js'
import { logFields } from '../errors/log-fields.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Logger } from '../logging/logger.js'

/** A call of a service of another server. */
export interface CrossingCall {
  /** Name of the service. */
  readonly service: string
  readonly method: string
}

/** Watches for calls to other servers that are made while a transaction is open. */
export class CrossingCalls {
  readonly #isProduction: boolean
  readonly #log: Logger
  #count = 0

  /** @param isProduction  such a call is counted and warned of once, elsewhere it is refused */
  constructor(isProduction: boolean, log: Logger) {
    this.#isProduction = isProduction
    this.#log = log
  }

  /** How many have been made so far. */
  get count(): number {
    return this.#count
  }

  /**
   * @param scope  of the code that calls
   * @throws E_TRANSACTION_CROSSES  outside production
   */
  refuseOpenWork(scope: WorkScope | undefined, { service, method }: CrossingCall): void {
    const work = scope?.transaction
    if (!work?.isOpen) return
    const error = lokstraError(E_TRANSACTION_CROSSES, { call: `${service}.${method}`, work: work.name })
    if (!this.#isProduction) throw error
    this.#count++
    if (this.#count > 1) return
    this.#log.warn('call within an open transaction', { ...logFields(error), service, method })
  }
}
