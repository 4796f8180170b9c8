/** What differs, as tools tell changes apart; the words for people are in the change itself. */
export type ContractChangeKind =
  | 'service-added'
  | 'service-removed'
  | 'operation-added'
  | 'operation-removed'
  | 'verb-changed'
  | 'path-changed'
  | 'idempotency-changed'
  | 'field-added'
  | 'field-removed'
  | 'field-renamed'
  | 'source-changed'
  | 'required-changed'
  | 'optional-changed'
  | 'nullable-changed'
  | 'type-changed'
  | 'values-changed'
  | 'rules-changed'
  | 'status-changed'
  | 'stream-changed'
  | 'error-added'
  | 'error-removed'
  | 'error-changed'

/** One difference between what a consumer expects and what a provider offers. */
export interface ContractChange {
  readonly service: string
  /** Name of the method; undefined for the service as a whole. */
  readonly operation?: string
  /**
   * Such as `input.lines[].quantity`, by the consumer's names where it has one; undefined for the operation as a whole. Of a very long
   * one the middle is left out.
   */
  readonly path?: string
  readonly kind: ContractChangeKind
  /** A call of the consumer may fail, or its answer be misread. */
  readonly breaking: boolean
  /** All of it in words: `OrderService.place input.quantity: number became string`. */
  readonly message: string
}

/** Gathers the changes of one service. */
export class ChangeLog {
  readonly changes: ContractChange[] = []
  readonly #service: string
  readonly #operation: string | undefined

  constructor(service: string, operation?: string) {
    this.#service = service
    this.#operation = operation
  }

  breaking(kind: ContractChangeKind, path: string | undefined, what: string): void {
    this.add(kind, path, what, true)
  }

  compatible(kind: ContractChangeKind, path: string | undefined, what: string): void {
    this.add(kind, path, what, false)
  }

  add(kind: ContractChangeKind, path: string | undefined, what: string, breaking: boolean): void {
    const operation = this.#operation
    const name = operation === undefined ? this.#service : `${this.#service}.${operation}`
    this.changes.push({
      service: this.#service,
      ...(operation === undefined ? {} : { operation }),
      ...(path === undefined ? {} : { path }),
      kind,
      breaking,
      message: `${path === undefined ? name : `${name} ${path}`}: ${what}`,
    })
  }
}
