import { STATUS_CODES } from 'node:http'

import type { Formatter } from './formatter.js'
import { plainFormatter } from './plain.js'

/**
 * Success as `plain`; errors as problem details with the extension members `code`, `errors`, `requestId` and `details`.
 * The type is `about:blank`, so the title is the status phrase. RFC 9457 §4.2.1.
 */
export const problemFormatter: Formatter = {
  name: 'problem',
  success: (payload) => plainFormatter.success(payload),
  error: ({ status, code, message, fields, requestId, details }) => ({
    type: 'application/problem+json',
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: message,
      code,
      errors: fields,
      requestId,
      details,
    },
  }),
}
