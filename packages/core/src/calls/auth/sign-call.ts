import { metadataHead, signedMetadata } from '../call-metadata.js'
import type { CallKeys } from './call-keys.js'
import { signedText, type SignedParts } from './signed-text.js'

/**
 * Metadata with the signature of their call: the value of the header `lokstra-call`.
 * @param metadata  of a `CallMetadataWriter`
 * @param names  of `signedHeaders`
 */
export function signCall(
  metadata: string,
  parts: SignedParts,
  names: readonly string[],
  keys: CallKeys,
  now = Date.now(),
): string {
  const { id, mac } = keys.current
  const head = metadataHead(metadata, now, id)
  return signedMetadata(head, mac.sign(signedText(head, parts, names), parts.body))
}
