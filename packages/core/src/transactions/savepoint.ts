import type { OpenWork } from '../context/work-scope.js'
import { TransactionWork } from './transaction-work.js'

/** A piece of a transaction that can be undone by itself, in one resource. */
export class Savepoint extends TransactionWork {
  readonly resource: object
  /** What the work of the resource goes through meanwhile. */
  readonly use: unknown

  declare readonly outer: OpenWork

  constructor(resource: object, use: unknown, outer: OpenWork) {
    super(outer)
    this.resource = resource
    this.use = use
  }

  get name(): string {
    return `a savepoint in ${this.outer.name}`
  }

  get isOpen(): boolean {
    return this.outer.isOpen
  }
}
