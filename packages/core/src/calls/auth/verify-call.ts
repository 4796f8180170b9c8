import type { CallMetadata } from '../call-metadata.js'
import type { CallKeys } from './call-keys.js'
import { signedText, type SignedParts } from './signed-text.js'

/** Milliseconds that the clocks of two servers may differ, and for which a call can be repeated by whoever reads along. */
export const acceptedSkewMs = 60_000

/** Why a call is not accepted; for the log, never for its sender. */
export type SignatureComplaint = 'no signature' | 'another secret' | 'a clock that differs' | 'a wrong signature'

/**
 * Checks the signature of a call. Not whether it was seen before: within a minute one who can read a call can repeat it, unchanged,
 * which TLS prevents.
 * @param names  of `signedHeaders`
 * @returns undefined where all is well
 */
export function verifyCall(
  { signature }: CallMetadata,
  parts: SignedParts,
  names: readonly string[],
  keys: CallKeys,
  now = Date.now(),
): SignatureComplaint | undefined {
  if (!signature) return 'no signature'
  const { head, at, keyId, mac } = signature
  const key = keys.find(keyId)
  if (!key) return 'another secret'
  if (Math.abs(now - at) > acceptedSkewMs) return 'a clock that differs'
  return key.mac.verify(mac, signedText(head, parts, names), parts.body) ? undefined : 'a wrong signature'
}
