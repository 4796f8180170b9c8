import type { CallResponse } from './call-transport.js'

const streams = /^application\/(?:x-ndjson|octet-stream)\b/

/** Whether an answer is a result that the callee gives piece by piece: it is passed on as it comes. For transports to use. */
export function isStreamAnswer({ status, headers }: Pick<CallResponse, 'status' | 'headers'>): boolean {
  // 204 has no body, whatever its headers say.
  return status < 300 && status !== 204 && streams.test(headers['content-type'] ?? '')
}
