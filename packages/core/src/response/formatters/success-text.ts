import type { FormattedText, SuccessPayload } from './formatter.js'

/**
 * A success whose text is written when it is read, and not where an answer has no body. One class for all formatters, and no object
 * with a getter in each call: that would make a function for each answer.
 */
export class SuccessText implements FormattedText {
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly #payload: SuccessPayload
  readonly #write: (payload: SuccessPayload) => string | undefined

  constructor(
    payload: SuccessPayload,
    write: (payload: SuccessPayload) => string | undefined,
    headers?: Readonly<Record<string, string>>,
  ) {
    this.#payload = payload
    this.#write = write
    this.headers = headers
  }

  get text(): string | undefined {
    return this.#write(this.#payload)
  }
}
