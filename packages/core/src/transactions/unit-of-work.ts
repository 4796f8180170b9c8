import type { OpenWork } from '../context/work-scope.js'
import {
  E_TRANSACTION_ENDED,
  E_TRANSACTION_PARTIAL,
  E_TRANSACTION_UNFINISHED,
} from '../errors/catalogue/transactions.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import { TransactionWork } from './transaction-work.js'
import {
  describeResource,
  hasName,
  type Isolation,
  type TransactionPart,
  type TransactionSettings,
} from './transactional-resource.js'

/** What the outermost transactional method says of its transaction. */
export interface UnitOptions {
  /** The name of the only resource that takes part; undefined for all that are used. */
  readonly database: string | undefined
  readonly isolation: Isolation | undefined
  readonly readOnly: boolean
}

/** The work of one transactional method and of those that join it: for each resource that is used, one transaction of its own. */
export class UnitOfWork extends TransactionWork {
  readonly method: string
  readonly options: UnitOptions
  readonly #signal: () => AbortSignal | undefined
  readonly #parts = new Map<object, TransactionPart>()
  /** Names of the resources whose parts stay, whatever becomes of the others. */
  readonly #committed: string[] = []
  #hasEnded = false

  /**
   * @param method  `OrderService.place`
   * @param signal  asked for with the first resource that is used
   */
  constructor(
    method: string,
    options: UnitOptions,
    outer: OpenWork | undefined,
    signal: () => AbortSignal | undefined,
  ) {
    super(outer)
    this.method = method
    this.options = options
    this.#signal = signal
  }

  get name(): string {
    return `the transaction of ${this.method}`
  }

  get isOpen(): boolean {
    return this.#all.some((part) => part.isOpen) || (this.outer?.isOpen ?? false)
  }

  /**
   * Whether it failed with this error because of others that ran at the same time, and left nothing that a second run would do once
   * more.
   */
  isRepeatableAfter(error: unknown): boolean {
    return this.#committed.length === 0 && this.#all.some((part) => part.isConflict(error))
  }

  /** How many resources have been used. */
  get size(): number {
    return this.#parts.size
  }

  covers(resource: object): boolean {
    const { database } = this.options
    return database === undefined || hasName(resource, database)
  }

  /** @throws E_TRANSACTION_ENDED */
  assertOpen(): void {
    if (this.#hasEnded) throw lokstraError(E_TRANSACTION_ENDED, { name: this.method })
  }

  /**
   * The part of a resource, made by `begin` when there is none yet.
   * @throws E_TRANSACTION_ENDED
   */
  part<U>(resource: object, begin: (settings: TransactionSettings) => TransactionPart<U>): TransactionPart<U> {
    this.assertOpen()
    let part = this.#parts.get(resource) as TransactionPart<U> | undefined
    if (!part) {
      const { isolation, readOnly } = this.options
      this.#parts.set(resource, (part = begin({ isolation, readOnly, signal: this.#signal() })))
    }
    return part
  }

  /**
   * Commits the parts in the order in which they were first used, one after the other.
   * @throws E_TRANSACTION_ROLLED_BACK · E_TRANSACTION_UNFINISHED · the reason of the signal · what the first part throws, after all has
   * been rolled back; E_TRANSACTION_PARTIAL when a later part fails
   */
  async commit(): Promise<void> {
    const objection = this.size === 0 ? undefined : (this.objection() ?? this.#unfinished() ?? this.#abortReason())
    if (objection) {
      await this.rollback()
      throw objection
    }
    this.#hasEnded = true
    const committed = this.#committed
    for (const [resource, part] of this.#parts) {
      try {
        await part.commit()
        committed.push(describeResource(resource))
      } catch (error) {
        await this.rollback()
        if (committed.length === 0) throw error
        const failed = describeResource(resource)
        const params = { name: this.method, committed: committed.join(', '), failed, reason: reasonOf(error) }
        throw lokstraError(E_TRANSACTION_PARTIAL, params, [], { cause: error })
      }
    }
  }

  /** Undoes what has not been committed. */
  async rollback(): Promise<void> {
    this.#hasEnded = true
    await Promise.all(this.#all.map((part) => part.rollback()))
  }

  get #all(): readonly TransactionPart[] {
    return [...this.#parts.values()]
  }

  #unfinished(): Error | undefined {
    const what = this.#all.find((part) => part.unfinished !== undefined)?.unfinished
    return what === undefined ? undefined : lokstraError(E_TRANSACTION_UNFINISHED, { name: this.method, what })
  }

  /** Whoever asked has been told that it failed, or is gone. */
  #abortReason(): Error | undefined {
    const signal = this.#signal()
    return signal?.aborted ? (signal.reason as Error) : undefined
  }
}
