import { errorMembers } from './error-members.js'
import type { FormattedText, Formatter, SuccessPayload } from './formatter.js'

const metaHeaders = {
  total: 'x-total-count',
  page: 'x-page',
  size: 'x-page-size',
  totalPages: 'x-total-pages',
} as const

/**
 * The bare data. Numbers of the list meta go into the headers `x-total-count`, `x-page`, `x-page-size` and `x-total-pages`;
 * the message and other meta are not sent. Errors: `{code, message, fields?, requestId, details?}`.
 */
export const plainFormatter: Formatter = {
  name: 'plain',
  success: (payload) => new SuccessText(payload),
  error: (payload) => ({ text: `{${errorMembers(payload)}}` }),
}

class SuccessText implements FormattedText {
  readonly #payload: SuccessPayload

  constructor(payload: SuccessPayload) {
    this.#payload = payload
  }

  get text(): string | undefined {
    return this.#payload.dataText
  }

  get headers(): Record<string, string> | undefined {
    const { meta } = this.#payload
    return meta && toHeaders(meta)
  }
}

function toHeaders(meta: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [key, name] of Object.entries(metaHeaders)) {
    if (typeof meta[key] === 'number') headers[name] = String(meta[key])
  }
  return headers
}
