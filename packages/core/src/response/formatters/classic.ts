import { STATUS_CODES } from 'node:http'

import type { FieldError } from '../../errors/http-error.js'
import type { Formatter } from './formatter.js'

/** `{code, success, message?, data?, meta?}`; errors have `errors: {field: message}` and `requestId`. */
export const classicFormatter: Formatter = {
  name: 'classic',
  success: ({ status, message, data, meta }) => ({
    body: { code: successCode(status), success: true, message, data, meta },
  }),
  error: ({ code, message, fields, requestId, details }) => ({
    body: { code, success: false, message, errors: fields && messageByField(fields), requestId, details },
  }),
}

/** `OK`, `CREATED`, `PARTIAL_CONTENT` … */
function successCode(status: number): string {
  if (status === 200) return 'OK'
  return (STATUS_CODES[status] ?? `HTTP ${status}`).toUpperCase().replace(/\W+/g, '_')
}

/** The first message of each field; the body as a whole is named `body`. */
function messageByField(fields: readonly FieldError[]): Record<string, string> {
  const messages = new Map<string, string>()
  for (const { in: source, field, message } of fields) {
    const name = field || source
    if (!messages.has(name)) messages.set(name, message)
  }
  return Object.fromEntries(messages)
}
