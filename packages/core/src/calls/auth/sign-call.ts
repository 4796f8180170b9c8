import { createHmac } from 'node:crypto'

import type { CallKeys } from './call-keys.js'
import { signedText, type SignedParts } from './signed-text.js'

/**
 * The value of the header `lokstra-signature`: `t=<unix ms>,k=<id of the key>,s=<base64url HMAC-SHA256>`.
 * @param names  of `signedHeaders`
 */
export function signCall(parts: SignedParts, names: readonly string[], keys: CallKeys, now = Date.now()): string {
  const { id, key } = keys.current
  const timestamp = String(now)
  const signature = createHmac('sha256', key)
    .update(signedText(parts, names, timestamp))
    .digest('base64url')
  return `t=${timestamp},k=${id},s=${signature}`
}
