import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface Token {
  readonly renewable: boolean
  readonly ttlSeconds: number
  readonly diesAt: number
  expiresAt: number
}

interface TokenOptions {
  /** 0 for ever. */
  readonly ttlSeconds?: number
  readonly maxTtlSeconds?: number
  readonly renewable?: boolean
}

/** Answers in place of the API; false leaves the request to it. */
type Intrusion = (request: IncomingMessage, response: ServerResponse) => boolean

/** The part of Vault's HTTP API that is documented for tokens, AppRole and KV version 2, over a real socket. */
export class VaultServer implements AsyncDisposable {
  readonly secrets = new Map<string, Record<string, unknown> | 'deleted'>()
  /** What of AppRole logins lasts how long. */
  appRole: TokenOptions = { ttlSeconds: 3_600 }
  /** `GET /v1/secret/data/x`, in the order of arrival. */
  readonly requests: string[] = []
  readonly namespaces: (string | undefined)[] = []
  sealed = false
  intrude: Intrusion = () => false
  readonly #tokens = new Map<string, Token>()
  readonly #server: Server
  readonly #isTls: boolean

  private constructor(tls: { key: string; cert: string } | undefined) {
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response)
    this.#server = tls ? createTlsServer(tls, answer) : createServer(answer)
    this.#isTls = tls !== undefined
  }

  static async start(tls?: { key: string; cert: string }): Promise<VaultServer> {
    const vault = new VaultServer(tls)
    vault.#server.listen(0, '127.0.0.1')
    await once(vault.#server, 'listening')
    return vault
  }

  get address(): string {
    return `${this.#isTls ? 'https' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  createToken({ ttlSeconds = 0, maxTtlSeconds = Infinity, renewable = true }: TokenOptions = {}): string {
    const token = `hvs.${randomUUID()}`
    const now = Date.now()
    const diesAt = now + maxTtlSeconds * 1_000
    this.#tokens.set(token, { renewable, ttlSeconds, diesAt, expiresAt: expiry(ttlSeconds, diesAt) })
    return token
  }

  revokeAll(): void {
    this.#tokens.clear()
  }

  count(request: string): number {
    return this.requests.filter((made) => made === request).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = `${request.method} ${request.url}`
    this.requests.push(call)
    this.namespaces.push(request.headers['x-vault-namespace'] as string | undefined)
    const body = await text(request)
    if (this.intrude(request, response)) return
    const send = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    const refuse = () => {
      send(403, { errors: ['permission denied'] })
    }
    if (this.sealed) return send(503, { errors: ['Vault is sealed'] })
    if (call === 'POST /v1/auth/approle/login') {
      const { role_id, secret_id } = JSON.parse(body) as Record<string, string>
      if (role_id !== 'shop' || secret_id !== 'shop-secret-id')
        return send(400, { errors: ['invalid role or secret ID'] })
      return send(200, { auth: this.#auth(this.createToken(this.appRole)) })
    }
    const name = request.headers['x-vault-token'] as string
    const token = this.#tokens.get(name)
    if (!token || token.expiresAt <= Date.now()) return refuse()
    if (call === 'GET /v1/auth/token/lookup-self') {
      const ttl = token.expiresAt === Infinity ? 0 : Math.ceil((token.expiresAt - Date.now()) / 1_000)
      return send(200, { data: { id: name, ttl, renewable: token.renewable } })
    }
    if (call === 'POST /v1/auth/token/revoke-self') {
      this.#tokens.delete(name)
      return send(204, {})
    }
    if (call === 'POST /v1/auth/token/renew-self') {
      if (!token.renewable) return send(400, { errors: ['lease is not renewable'] })
      token.expiresAt = expiry(token.ttlSeconds, token.diesAt)
      return send(200, { auth: this.#auth(name) })
    }
    const path = decodeURIComponent(/^GET \/v1\/(.+)$/.exec(call)?.[1] ?? '')
    if (path.startsWith('secret/data/forbidden')) return refuse()
    const fields = this.secrets.get(path)
    if (fields === 'deleted')
      return send(404, { data: { data: null, metadata: { deletion_time: '2024-01-01T00:00:00Z', version: 2 } } })
    if (fields === undefined) return send(404, { errors: [] })
    // An engine of version 1 has no data within data.
    send(200, path.startsWith('secret/') ? { data: { data: fields, metadata: { version: 1 } } } : { data: fields })
  }

  #auth(name: string): object {
    const { expiresAt, renewable } = this.#tokens.get(name)!
    const left = expiresAt === Infinity ? 0 : Math.round((expiresAt - Date.now()) / 1_000)
    return { client_token: name, lease_duration: left, renewable }
  }
}

function expiry(ttlSeconds: number, diesAt: number): number {
  return ttlSeconds === 0 ? Infinity : Math.min(Date.now() + ttlSeconds * 1_000, diesAt)
}
