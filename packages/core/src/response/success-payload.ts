import type { Serializer } from './compile-serializer.js'
import type { SuccessPayload } from './formatters/formatter.js'
import { toJson } from './serialize/json-text.js'

/** The data of an answer, and the serialiser of its declared type. */
export class DataPayload implements SuccessPayload {
  readonly status: number
  readonly message: string | undefined
  readonly meta: Readonly<Record<string, unknown>> | undefined
  readonly #value: unknown
  readonly #serializer: Serializer | undefined
  #data: unknown

  constructor(
    status: number,
    value: unknown,
    serializer: Serializer | undefined,
    refinements: Pick<SuccessPayload, 'message' | 'meta'> | undefined,
  ) {
    this.status = status
    this.message = refinements?.message
    this.meta = refinements?.meta
    this.#value = value
    this.#serializer = serializer
  }

  get data(): unknown {
    if (this.#serializer === undefined) return this.#value
    return (this.#data ??= this.#serializer.project(this.#value))
  }

  get dataText(): string | undefined {
    return this.#serializer === undefined ? toJson(this.#value) : this.#serializer.write(this.#value)
  }
}
