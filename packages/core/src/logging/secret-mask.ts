/** Shorter ones are found in every second word. */
const shortestInText = 4
const mostSecrets = 1_000
/** A power of two. */
const slots = 4_096

/**
 * The secrets that this process has read from secret providers, and what hides them in whatever people read: errors, logs and
 * printed configuration. One for the process: what is secret for one server is so in the log of another.
 */
export class SecretMask {
  /** In the order in which they came. */
  readonly #secrets = new Set<string>()
  #index: FormIndex | undefined

  /** Hides these values from now on. Of more than 1,000 the oldest are forgotten; empty ones are passed over. */
  remember(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (secret === '') continue
      this.#secrets.delete(secret)
      this.#secrets.add(secret)
    }
    for (const secret of this.#secrets) {
      if (this.#secrets.size <= mostSecrets) break
      this.#secrets.delete(secret)
    }
    const inText = [...this.#secrets].filter(({ length }) => length >= shortestInText)
    this.#index = inText.length > 0 ? new FormIndex(new Set(inText.flatMap(formsOf))) : undefined
  }

  /** Puts `***` in place of every secret of four characters or more, also where it is escaped for JSON or a URL. */
  apply(text: string): string {
    return this.#index ? this.#index.hide(text) : text
  }

  /** {@link apply}, and `***` for a text that is a secret as a whole, however short. */
  applyToValue(text: string): string {
    return this.#secrets.has(text) ? '***' : this.apply(text)
  }
}

/** Finds many texts in one pass: most places are passed over by what their first two characters say. */
class FormIndex {
  readonly #isStart = new Uint8Array(slots)
  /** By the slot of their first two characters, the longest first. */
  readonly #forms = new Map<number, string[]>()

  constructor(forms: Iterable<string>) {
    for (const form of [...forms].sort((a, b) => b.length - a.length)) {
      const slot = slotAt(form, 0)
      this.#isStart[slot] = 1
      const alike = this.#forms.get(slot)
      if (alike) alike.push(form)
      else this.#forms.set(slot, [form])
    }
  }

  hide(text: string): string {
    let hidden = ''
    let done = 0
    for (let at = 0; at <= text.length - shortestInText; at++) {
      const slot = slotAt(text, at)
      if (this.#isStart[slot] === 0) continue
      const found = this.#forms.get(slot)?.find((form) => text.startsWith(form, at))
      if (found === undefined) continue
      hidden += `${text.slice(done, at)}***`
      done = at + found.length
      at = done - 1
    }
    return done === 0 ? text : hidden + text.slice(done)
  }
}

function slotAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) & (slots - 1)
}

/** How a secret may stand in other text: as it is, in JSON, in the parts of a URL. */
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
  return [secret, JSON.stringify(secret).slice(1, -1), ...encoded, ...inLowerCase]
}

export const secretMask = new SecretMask()
