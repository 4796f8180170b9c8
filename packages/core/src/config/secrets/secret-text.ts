import { SecretError } from './secret-provider.js'

/** Largest secret that is taken from a file or a command: what Kubernetes lets one hold. */
export const largestSecret = 1024 * 1024

/**
 * The text of a secret that was written as a file would be: one line end behind it is left out.
 * @throws SecretError when it is not UTF-8
 */
export function decodeSecret(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SecretError('it is not UTF-8 text', 'Store it as text; binary keys can be stored in Base64.')
  }
  return text.replace(/\r?\n$/, '')
}
