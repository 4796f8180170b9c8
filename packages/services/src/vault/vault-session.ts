import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { maxTimerMs, SecretError, type SecretContext } from '@lokstra/core'

import type { VaultConfig } from './vault-config.js'
import { complaintOf, isRecord, type VaultAnswer, type VaultHttp } from './vault-http.js'

/** A token, and how long Vault honours it. */
interface Lease {
  readonly token: string
  /** 0 for ever. */
  readonly seconds: number
  readonly renewable: boolean
}

/** How long a stop waits for Vault to revoke a token, in milliseconds. */
const revocationMs = 2_000
/** Part of its lease after which a token is renewed. */
const renewAfter = 2 / 3
const shortestTimerMs = 500
/** Between attempts to renew that were not answered. */
const pauseMs = 5_000

/**
 * The token of one Vault server: found or logged in for when it is first needed, renewed before its lease ends. When Vault renews it no
 * more, or only for a shorter time since its maximum is near, the session logs in again, or reads the token's file again.
 */
export class VaultSession {
  readonly #config: VaultConfig
  readonly #http: VaultHttp
  #lease: Promise<Lease> | undefined
  #timer: NodeJS.Timeout | undefined
  /** Of whoever has asked last. */
  #asked: SecretContext | undefined
  #isClosed = false

  constructor(config: VaultConfig, http: VaultHttp) {
    this.#config = config
    this.#http = http
  }

  async token(context: SecretContext): Promise<string> {
    return (await this.#current(context)).token
  }

  /**
   * A token in place of one that was refused; asked by several at once, one for all.
   * @returns undefined when there is no other than the refused one
   */
  async replace(refused: string, context: SecretContext): Promise<string | undefined> {
    const lease = this.#lease
    const current = await lease?.catch(() => undefined)
    // Meanwhile another caller may have seen to it.
    if (lease === this.#lease && (current === undefined || current.token === refused)) this.#lease = undefined
    const { token } = await this.#current(context)
    return token === refused ? undefined : token
  }

  /** Revokes the token if it was made for this session. One that was given may serve others. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const asked = this.#asked
    const lease = await this.#lease?.catch(() => undefined)
    if (!this.#config.appRole || !lease || !asked) return
    const context = { ...asked, signal: AbortSignal.timeout(revocationMs) }
    const request = { method: 'POST', path: 'auth/token/revoke-self', token: lease.token, body: {} } as const
    // Without an answer it ends with its lease.
    await this.#http.send(request, context).catch(() => undefined)
  }

  #current(context: SecretContext): Promise<Lease> {
    this.#asked = context
    if (!this.#lease) {
      const lease = this.#begin(context)
      this.#lease = lease
      lease.then(
        (begun) => {
          this.#schedule(begun, begun.seconds, context)
        },
        () => {
          // The next caller tries again.
          if (this.#lease === lease) this.#lease = undefined
        },
      )
    }
    return this.#lease
  }

  async #begin(context: SecretContext): Promise<Lease> {
    const { appRole, token, tokenFile } = this.#config
    if (appRole) return this.#logIn(context)
    if (token !== undefined) return this.#lookUp(token, context)
    return this.#lookUp(await readToken(resolve(context.folder, tokenFile ?? '')), context)
  }

  async #logIn(context: SecretContext): Promise<Lease> {
    const { mount, roleId, secretId } = this.#config.appRole!
    context.hide(secretId)
    const path = `auth/${encodePath(mount)}/login`
    const body = { role_id: roleId, secret_id: secretId }
    const answer = await this.#http.send({ method: 'POST', path, body }, context)
    const lease = readLease(answer)
    if (lease) return lease
    throw new SecretError(
      `Vault refused the login with AppRole (${answer.status}${complaintOf(answer)})`,
      'Check roleId, secretId and the mount of the auth method; a secretId can have expired or be used up.',
    )
  }

  async #lookUp(token: string, context: SecretContext): Promise<Lease> {
    const answer = await this.#http.send({ method: 'GET', path: 'auth/token/lookup-self', token }, context)
    const { data } = answer.body
    if (answer.status !== 200 || !isRecord(data)) {
      throw new SecretError(
        `Vault refused the token (${answer.status}${complaintOf(answer)})`,
        'Give it a token that has not expired or been revoked.',
      )
    }
    return { token, seconds: toSeconds(data.ttl), renewable: data.renewable === true }
  }

  /** @param fullSeconds  the lease that the token had at first */
  #schedule(lease: Lease, fullSeconds: number, context: SecretContext): void {
    clearTimeout(this.#timer)
    if (this.#isClosed || lease.seconds === 0) return
    this.#later(lease.seconds * 1_000 * renewAfter, () => this.#renew(lease, fullSeconds, context))
  }

  #later(ms: number, run: () => Promise<void>): void {
    // A little earlier, each time: processes that started together are not to renew together.
    this.#timer = setTimeout(
      () => void run(),
      Math.min(Math.max(ms * (0.9 + Math.random() / 10), shortestTimerMs), maxTimerMs),
    )
    this.#timer.unref()
  }

  async #renew(lease: Lease, fullSeconds: number, asked: SecretContext): Promise<void> {
    // That of the caller for whom the token was needed first is over long ago.
    const context = { ...asked, signal: new AbortController().signal }
    const again = () => this.#later(pauseMs, () => this.#renew(lease, fullSeconds, asked))
    const renewed = lease.renewable ? await this.#askToRenew(lease, context) : undefined
    if (this.#isClosed) return
    if (renewed === 'no answer') return again()
    if (renewed) this.#lease = Promise.resolve(renewed)
    if (renewed && renewed.seconds >= fullSeconds / 2) return this.#schedule(renewed, fullSeconds, asked)
    // A token that cannot be replaced serves while it lasts; what is read later says that it is over.
    if (this.#config.token !== undefined) return
    const before = this.#lease
    this.#lease = undefined
    await this.#current(context).catch(() => {
      this.#lease = before
      if (!this.#isClosed) again()
    })
  }

  async #askToRenew({ token }: Lease, context: SecretContext): Promise<Lease | 'no answer' | undefined> {
    try {
      const request = { method: 'POST', path: 'auth/token/renew-self', token, body: {} } as const
      return readLease(await this.#http.send(request, context))
    } catch {
      return 'no answer'
    }
  }
}

/** The token of a login or a renewal; undefined where Vault refused it. */
function readLease({ status, body: { auth } }: VaultAnswer): Lease | undefined {
  if (status !== 200 || !isRecord(auth) || typeof auth.client_token !== 'string') return undefined
  return { token: auth.client_token, seconds: toSeconds(auth.lease_duration), renewable: auth.renewable === true }
}

function toSeconds(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

/** Parts between slashes, each encoded. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/')
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new SecretError(
      `tokenFile cannot be read: ${(error as Error).message}`,
      'Set it to a file that holds a token.',
    )
  })
  if (text.trim() === '') throw new SecretError(`${file} holds no token`, 'Set tokenFile to a file that holds one.')
  return text.trim()
}
