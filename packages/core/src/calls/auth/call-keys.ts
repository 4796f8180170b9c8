import { hash } from 'node:crypto'

import { Mac } from './mac.js'

/** One secret, ready to sign with. */
export interface CallKey {
  /** First 8 hexadecimal digits of its SHA-256: tells which of several was used, and nothing about it. */
  readonly id: string
  readonly mac: Mac
}

/** What calls between servers are signed with. Several at once while they are rotated: the first signs, all are accepted. */
export class CallKeys {
  readonly current: CallKey
  readonly #byId: ReadonlyMap<string, CallKey>

  /** @param secrets  one or more, of 32 bytes or more each */
  constructor(secrets: readonly string[]) {
    const keys = secrets.map((secret) => ({ id: keyId(secret), mac: new Mac(secret) }))
    const [current] = keys
    if (!current) throw new TypeError('Calls are signed with at least one secret')
    this.current = current
    this.#byId = new Map(keys.map((key) => [key.id, key]))
  }

  find(id: string): CallKey | undefined {
    return this.#byId.get(id)
  }
}

function keyId(secret: string): string {
  return hash('sha256', secret, 'hex').slice(0, 8)
}
