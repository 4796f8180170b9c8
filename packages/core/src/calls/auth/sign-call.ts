import { noteHead, signedNote } from '../call-note.js'
import type { CallKeys } from './call-keys.js'
import { signedText, type SignedParts } from './signed-text.js'

/**
 * A note with the signature of its call: the value of the header `lokstra-call`.
 * @param note  of a `CallNoteWriter`
 * @param names  of `signedHeaders`
 */
export function signCall(
  note: string,
  parts: SignedParts,
  names: readonly string[],
  keys: CallKeys,
  now = Date.now(),
): string {
  const { id, mac } = keys.current
  const head = noteHead(note, now, id)
  return signedNote(head, mac.sign(signedText(head, parts, names), parts.body))
}
