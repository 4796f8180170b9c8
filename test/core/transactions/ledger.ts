import {
  joinTransaction,
  runInSavepoint,
  transactionalResource,
  type TransactionPart,
  type TransactionSettings,
} from '@lokstra/core'

/** Takes entries; what a transaction writes is seen by others once it is committed. */
interface Book {
  entries: string[]
}

/** A resource of the simplest kind: a list in memory, whose transactions are copies that are written back. */
export class Ledger {
  readonly #committed: Book = { entries: [] }
  /** What happened, in order: `begin`, `commit`, `rollback`. */
  readonly events: string[] = []
  /** How each transaction was asked for. */
  readonly settings: TransactionSettings[] = []
  /** Thrown by that many of the next commits. */
  failingCommits: Error[] = []
  open = 0

  get [transactionalResource](): true {
    return true
  }

  get entries(): readonly string[] {
    return this.#committed.entries
  }

  async add(entry: string): Promise<void> {
    const part = joinTransaction(this, (settings) => new LedgerPart(this, this.#committed, settings))
    await Promise.resolve()
    ;(part?.write() ?? this.#committed).entries.push(entry)
  }

  /** Undone by itself when `work` throws. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const part = joinTransaction(this, (settings) => new LedgerPart(this, this.#committed, settings))
    if (!part) return work()
    const before = [...part.write().entries]
    try {
      return await runInSavepoint(this, part, work)
    } catch (error) {
      part.write().entries = before
      throw error
    }
  }
}

class LedgerPart implements TransactionPart<LedgerPart> {
  readonly use = this
  readonly unfinished = undefined
  readonly #ledger: Ledger
  readonly #target: Book
  readonly #settings: TransactionSettings
  #book: Book | undefined

  constructor(ledger: Ledger, target: Book, settings: TransactionSettings) {
    this.#ledger = ledger
    this.#target = target
    this.#settings = settings
  }

  get isOpen(): boolean {
    return this.#book !== undefined
  }

  write(): Book {
    if (!this.#book) {
      this.#book = { entries: [...this.#target.entries] }
      this.#ledger.events.push('begin')
      this.#ledger.settings.push(this.#settings)
      this.#ledger.open++
    }
    return this.#book
  }

  isConflict(error: unknown): boolean {
    return error instanceof Error && error.message === 'conflict'
  }

  async commit(): Promise<void> {
    if (!this.#book) return
    const failure = this.#ledger.failingCommits.shift()
    if (failure) throw failure
    this.#target.entries = this.#book.entries
    this.#end('commit')
  }

  async rollback(): Promise<void> {
    if (this.#book) this.#end('rollback')
  }

  #end(event: string): void {
    this.#book = undefined
    this.#ledger.events.push(event)
    this.#ledger.open--
  }
}
