import type { OpenWork } from '../context/work-scope.js'
import { TransactionWork } from './transaction-work.js'

/** Work that holds something of its own until it ends. What happens inside it takes part in what is around it, not in itself. */
export class HeldWork extends TransactionWork {
  readonly name: string
  isOpen = true

  constructor(name: string, outer: OpenWork | undefined) {
    super(outer)
    this.name = name
  }
}
