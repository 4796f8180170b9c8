import { timingSafeEqual } from 'node:crypto'

import { callHeader } from '../call-headers.js'
import type { CallKeys } from './call-keys.js'
import { signedHead, type SignedParts } from './signed-text.js'

/** Milliseconds that the clocks of two servers may differ, and for which a call can be repeated by whoever reads along. */
export const acceptedSkewMs = 60_000

/** Why a call is not accepted; for the log, never for its sender. */
export type SignatureComplaint =
  'no signature' | 'a malformed signature' | 'another secret' | 'a clock that differs' | 'a wrong signature'

const form = /^t=(\d{1,16}),k=([\da-f]{8}),s=([\w-]{43})$/

/**
 * Checks the signature of a call. Not whether it was seen before: within a minute one who can read a call can repeat it, unchanged,
 * which TLS prevents.
 * @param names  of `signedHeaders`
 * @returns undefined where all is well
 */
export function verifyCall(
  parts: SignedParts,
  names: readonly string[],
  keys: CallKeys,
  now = Date.now(),
): SignatureComplaint | undefined {
  const header = parts.headers[callHeader.signature]
  if (header === undefined) return 'no signature'
  const match = typeof header === 'string' ? form.exec(header) : null
  if (!match) return 'a malformed signature'
  const [, timestamp, keyId, signature] = match as unknown as [string, string, string, string]
  const key = keys.find(keyId)
  if (!key) return 'another secret'
  if (Math.abs(now - Number(timestamp)) > acceptedSkewMs) return 'a clock that differs'
  const expected = key.mac.sign(signedHead(parts, names, timestamp), parts.body)
  // Both have 43 characters.
  return timingSafeEqual(Buffer.from(expected), Buffer.from(signature)) ? undefined : 'a wrong signature'
}
