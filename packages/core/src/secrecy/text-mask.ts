import { isSecretPosition } from './secret-key.js'

/** What is shorter stands in other text by chance. */
const shortest = 4
/** A power of two. */
const slots = 4_096

interface Form {
  readonly text: string
  /** Hidden only where a secret is expected. */
  readonly isOrdinary: boolean
}

/**
 * Puts `***` in place of some secrets, also where they are escaped for JSON or a URL, or in Base64. Most places of a text are passed over by what
 * their first two characters say.
 */
export class TextMask {
  readonly #isStart = new Uint8Array(slots)
  /** By the slot of their first two characters, the longest first. */
  readonly #forms = new Map<number, Form[]>()

  constructor(secrets: Iterable<string>) {
    const known = new Map<string, boolean>()
    for (const secret of secrets) {
      if (secret.length < shortest) continue
      const isOrdinary = isOrdinaryText(secret)
      for (const text of formsOf(secret)) known.set(text, isOrdinary && known.get(text) !== false)
    }
    const forms = Array.from(known, ([text, isOrdinary]): Form => ({ text, isOrdinary }))
    for (const form of forms.sort((a, b) => b.text.length - a.text.length)) {
      const slot = slotAt(form.text, 0)
      this.#isStart[slot] = 1
      const alike = this.#forms.get(slot)
      if (alike) alike.push(form)
      else this.#forms.set(slot, [form])
    }
  }

  apply(text: string): string {
    if (this.#forms.size === 0) return text
    let hidden = ''
    let done = 0
    for (let at = 0; at <= text.length - shortest; at++) {
      const slot = slotAt(text, at)
      if (this.#isStart[slot] === 0) continue
      const found = this.#forms.get(slot)?.find((form) => standsAt(text, at, form))
      if (found === undefined) continue
      hidden += `${text.slice(done, at)}***`
      done = at + found.text.length
      at = done - 1
    }
    return done === 0 ? text : hidden + text.slice(done)
  }
}

/**
 * Whether a secret is text that logs hold anyway: a word, a small number, a row of dashes. To hide it everywhere would make them
 * unreadable, and would tell everybody what it is.
 */
function isOrdinaryText(secret: string): boolean {
  if (secret.length < 6 || new Set(secret).size < 4) return true
  if (/^\d+$/.test(secret)) return secret.length < 8
  return secret.length < 16 && /^(?:\p{Lu}?\p{Ll}+|\p{Lu}+)$/u.test(secret)
}

function standsAt(text: string, at: number, { text: form, isOrdinary }: Form): boolean {
  return text.startsWith(form, at) && (!isOrdinary || isSecretPosition(text, at, at + form.length))
}

function slotAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) & (slots - 1)
}

/** How a secret may stand in other text: as it is, in JSON, in the parts of a URL, in Base64 of nothing but itself. */
function formsOf(secret: string): string[] {
  const url = new URL('http://host')
  url.password = secret
  const encoded = [
    url.password,
    new URLSearchParams([['', secret]]).toString().slice(1),
    // Half of a surrogate pair has no encoding.
    ...(/\p{Surrogate}/u.test(secret) ? [] : [encodeURIComponent(secret)]),
  ]
  const inLowerCase = encoded.map((form) => form.replace(/%[\dA-F]{2}/g, (byte) => byte.toLowerCase()))
  const bytes = Buffer.from(secret)
  // Padding may be there or not; what is left of it says nothing.
  const inBase64 = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
  return [secret, JSON.stringify(secret).slice(1, -1), ...encoded, ...inLowerCase, ...inBase64]
}
