import { validateHeaderName, validateHeaderValue } from 'node:http'

import type { ResponseHeaders } from './response-headers.js'

/**
 * For heads that Node checks too late: by then it has noted that the response has no body, and would believe it of the error sent instead.
 * @throws TypeError for a name or a value that a head cannot hold
 */
export function validateHeaders(headers: ResponseHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name)
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value])
      validateHeaderValue(name, one as string)
  }
}
