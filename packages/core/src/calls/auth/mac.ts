import { createHmac, hash, timingSafeEqual } from 'node:crypto'

const blockBytes = 64
const digestBytes = 32
/** Of a code in base64url. */
const codeLength = 43
/** Of what is signed in one go: nearly every call. */
const usualBytes = 16 * 1024

/**
 * HMAC-SHA256 with one key. What is short goes through two hashes that are made in one go each: `createHmac` makes an object for each
 * signature, which the garbage collector has to release, together 2 µs of a call on each side.
 * @see RFC 2104 §2
 */
export class Mac {
  readonly #secret: string
  /** The key for the inner hash, and behind it what is signed. */
  readonly #inner = Buffer.alloc(blockBytes + usualBytes)
  /** The key for the outer hash, and behind it the inner hash. */
  readonly #outer = Buffer.alloc(blockBytes + digestBytes)
  /** Two codes that are compared: buffers for each would take 0.2 µs. */
  readonly #given = Buffer.alloc(codeLength)
  readonly #expected = Buffer.alloc(codeLength)

  constructor(secret: string) {
    this.#secret = secret
    const given = Buffer.from(secret, 'utf8')
    const key = given.length > blockBytes ? hash('sha256', given, 'buffer') : given
    for (let index = 0; index < blockBytes; index++) {
      const byte = key[index] ?? 0
      this.#inner[index] = byte ^ 0x36
      this.#outer[index] = byte ^ 0x5c
    }
  }

  /** The code of a head and the body behind it, in base64url: 43 characters. */
  sign(head: string, body: string | Uint8Array = ''): string {
    if (mostBytes(head) + mostBytes(body) > usualBytes) {
      return createHmac('sha256', this.#secret).update(head).update(body).digest('base64url')
    }
    let end = blockBytes + this.#inner.write(head, blockBytes)
    if (typeof body === 'string') end += this.#inner.write(body, end)
    else {
      this.#inner.set(body, end)
      end += body.length
    }
    this.#outer.write(hash('sha256', this.#inner.subarray(0, end), 'binary'), blockBytes, 'binary')
    return hash('sha256', this.#outer, 'base64url')
  }

  /**
   * Whether a code is that of a head and the body behind it, found out in a time that says nothing of where it differs.
   * @param code  43 characters of base64url
   */
  verify(code: string, head: string, body: string | Uint8Array = ''): boolean {
    this.#given.write(code, 'latin1')
    this.#expected.write(this.sign(head, body), 'latin1')
    return timingSafeEqual(this.#given, this.#expected)
  }
}

/** UTF-8 takes three bytes for a character, or four for two. */
function mostBytes(part: string | Uint8Array): number {
  return typeof part === 'string' ? part.length * 3 : part.length
}
