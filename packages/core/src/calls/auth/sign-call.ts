import type { CallKeys } from './call-keys.js'
import { signedHead, type SignedParts } from './signed-text.js'

/**
 * The value of the header `lokstra-signature`: `t=<unix ms>,k=<id of the key>,s=<base64url HMAC-SHA256>`.
 * @param names  of `signedHeaders`
 */
export function signCall(parts: SignedParts, names: readonly string[], keys: CallKeys, now = Date.now()): string {
  const { id, mac } = keys.current
  const timestamp = String(now)
  return `t=${timestamp},k=${id},s=${mac.sign(signedHead(parts, names, timestamp), parts.body)}`
}
