import { SecretError, SecretProvider, Service, type SecretContext } from '@lokstra/core'

import { VaultConfig } from './vault-config.js'
import { complaintOf, isRecord, VaultHttp, type VaultAnswer } from './vault-http.js'
import { encodePath, VaultSession } from './vault-session.js'

/**
 * Secrets of HashiCorp Vault and OpenBao, from a KV version 2 engine. The key is `path#field`: `shop/db#password`. Without a field, the
 * only one that the secret has.
 */
@Service({ name: 'vault', config: VaultConfig })
export class VaultSecrets extends SecretProvider {
  readonly #mount: string
  readonly #http: VaultHttp
  readonly #session: VaultSession
  /** Fields of one secret that are asked for together are fetched once. */
  readonly #reading = new Map<string, Promise<Readonly<Record<string, unknown>>>>()

  /** @throws when not exactly one of `token`, `tokenFile` and `appRole` is set */
  constructor(config: VaultConfig) {
    super()
    const given = [config.token, config.tokenFile, config.appRole].filter((way) => way !== undefined)
    if (given.length !== 1) throw new Error('one of token, tokenFile and appRole has to be set')
    this.#mount = config.mount
    this.#http = new VaultHttp(config)
    this.#session = new VaultSession(config, this.#http)
  }

  async get(key: string, context: SecretContext): Promise<string> {
    const end = key.lastIndexOf('#')
    const path = end < 0 ? key : key.slice(0, end)
    if (path === '' || path.split('/').includes('..'))
      throw new SecretError('the key names no secret', 'Write path#field, such as shop/db#password.')
    return pickField(await this.#read(path, context), end < 0 ? undefined : key.slice(end + 1))
  }

  override close(): Promise<void> {
    return this.#session.close()
  }

  #read(path: string, context: SecretContext): Promise<Readonly<Record<string, unknown>>> {
    let reading = this.#reading.get(path)
    if (!reading) {
      reading = this.#fetch(path, context).finally(() => this.#reading.delete(path))
      this.#reading.set(path, reading)
    }
    return reading
  }

  async #fetch(path: string, context: SecretContext): Promise<Readonly<Record<string, unknown>>> {
    const request = { method: 'GET', path: `${encodePath(this.#mount)}/data/${encodePath(path)}` } as const
    const token = await this.#session.token(context)
    let answer = await this.#http.send({ ...request, token }, context)
    if (answer.status === 403) {
      // Forbidden, or revoked: Vault does not say which.
      const other = await this.#session.replace(token, context)
      if (other !== undefined) answer = await this.#http.send({ ...request, token: other }, context)
    }
    return this.#fieldsOf(answer, path)
  }

  #fieldsOf(answer: VaultAnswer, path: string): Readonly<Record<string, unknown>> {
    const { status, body } = answer
    const data = isRecord(body.data) ? body.data : {}
    if (status === 200 && isRecord(data.data)) return data.data
    if (status === 403)
      throw new SecretError(
        'Vault does not allow it (403)',
        `Give the token a policy that may read ${this.#mount}/data/${path}.`,
      )
    if (status === 404 && isRecord(data.metadata))
      throw new SecretError('its latest version was deleted', 'Undelete it, or write a new version.')
    if (status === 404)
      throw new SecretError(
        `there is no secret ${path} in ${this.#mount}`,
        'Check path and mount; the mount has to be a KV engine of version 2.',
      )
    if (status === 200)
      throw new SecretError(
        'the answer is not that of a KV engine of version 2',
        'Set mount to a KV engine of version 2, or upgrade this one: vault kv enable-versioning.',
      )
    throw new SecretError(`Vault answered ${status}${complaintOf(answer)}`, 'Check address, mount and path.')
  }
}

function pickField(fields: Readonly<Record<string, unknown>>, field: string | undefined): string {
  const names = Object.keys(fields)
  const name = field ?? (names.length === 1 ? names[0] : undefined)
  const known = `It has ${names.length > 0 ? names.join(', ') : 'no fields'}: write path#field.`
  if (name === undefined) throw new SecretError('it does not say which field', known)
  if (!Object.hasOwn(fields, name)) throw new SecretError(`the secret has no field ${name}`, known)
  const value = fields[name]
  return typeof value === 'string' ? value : JSON.stringify(value)
}
