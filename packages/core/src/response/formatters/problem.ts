import { STATUS_CODES } from 'node:http'

import { jsonMember } from '../serialize/json-text.js'
import { fieldsMember } from './error-members.js'
import type { Formatter } from './formatter.js'
import { plainFormatter } from './plain.js'

/**
 * Success as `plain`; errors as problem details with the extension members `code`, `errors`, `requestId` and `details`.
 * The type is `about:blank`, so the title is the status phrase. RFC 9457 §4.2.1.
 */
export const problemFormatter: Formatter = {
  name: 'problem',
  success: (payload) => plainFormatter.success(payload),
  error: ({ status, code, message, fields, requestId, details }) => {
    const members =
      jsonMember('title', STATUS_CODES[status] ?? 'Error') +
      jsonMember('status', status) +
      jsonMember('detail', message) +
      jsonMember('code', code) +
      fieldsMember('errors', fields) +
      jsonMember('requestId', requestId) +
      jsonMember('details', details)
    return { type: 'application/problem+json', text: `{"type":"about:blank"${members}}` }
  },
}
