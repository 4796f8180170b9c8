import { validateHeaderName, validateHeaderValue } from 'node:http'

import { knownVerbs } from '../../http/known-verbs.js'
import { isRecord } from '../../objects/is-record.js'
import { TransportError, type CallRequest } from '../call-transport.js'
import { callsOf } from '../codec/call-operation.js'

/** What a target consists of on a socket. RFC 9112 §3.2. */
const visible = /^[!-~]+$/

/**
 * Refuses what a transport has brought and no socket could: whatever verifies calls counts on parts without line breaks. Nothing but
 * calls of the services that the transport is there for: it is no way around what stands before the other routes of the app.
 * @throws TransportError `unfit`
 */
export function assertCarried({ verb, target, headers, body }: CallRequest, services: readonly string[]): void {
  const isCall =
    knownVerbs.has(verb) &&
    isText(target) &&
    visible.test(target) &&
    services.some((service) => target.startsWith(callsOf(service))) &&
    (body === undefined || isText(body)) &&
    isRecord(headers) &&
    Object.entries(headers).every(isHeader)
  if (!isCall)
    throw new TransportError('unfit', 'no', 'The request is no call of a service that is published over the transport')
}

/** Transports take requests from anywhere, and what they parse has any type. */
function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isHeader([name, value]: readonly [string, unknown]): boolean {
  try {
    validateHeaderName(name)
    if (!isText(value)) return false
    validateHeaderValue(name, value)
    return name === name.toLowerCase()
  } catch {
    return false
  }
}
