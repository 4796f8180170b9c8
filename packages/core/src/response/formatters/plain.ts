import { errorMembers } from './error-members.js'
import type { Formatter, SuccessPayload } from './formatter.js'
import { SuccessText } from './success-text.js'

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
  success: (payload) => new SuccessText(payload, dataText, payload.meta && toHeaders(payload.meta)),
  error: (payload) => ({ text: `{${errorMembers(payload)}}` }),
}

function dataText(payload: SuccessPayload): string | undefined {
  return payload.dataText
}

function toHeaders(meta: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [key, name] of Object.entries(metaHeaders)) {
    if (typeof meta[key] === 'number') headers[name] = String(meta[key])
  }
  return headers
}
