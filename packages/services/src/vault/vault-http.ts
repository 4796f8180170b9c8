import { readFile } from 'node:fs/promises'
import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestTls } from 'node:https'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { SecretError, type SecretContext } from '@lokstra/core'

import type { VaultConfig } from './vault-config.js'

/** What Vault answered. */
export interface VaultAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface VaultRequest {
  readonly method: 'GET' | 'POST'
  /** Below `/v1/`, each part encoded. */
  readonly path: string
  readonly token?: string
  readonly body?: object
}

const largestAnswer = 4 * 1024 * 1024
const firstPauseMs = 100
const longestPauseMs = 2_000

/** Codes of Node for certificates that are not trusted: trying again does not help. */
const certificateError = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|EPROTO|ERR_SSL/

/** Requests to one Vault server, each with a time limit, repeated a few times where that may help. */
export class VaultHttp {
  readonly #config: VaultConfig

  constructor(config: VaultConfig) {
    this.#config = config
  }

  /** @throws SecretError when there is no answer in JSON, or a busy, sealed or broken server stays so */
  async send(request: VaultRequest, context: SecretContext): Promise<VaultAnswer> {
    if (request.token !== undefined) context.hide(request.token)
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(request, context).catch((error: unknown) => this.#describe(error))
      const isFinal = 'body' in outcome && outcome.status !== 429 && outcome.status < 500
      if (isFinal) return outcome
      const failure = outcome instanceof SecretError ? outcome : this.#refusal(outcome)
      const mayHelp = !(failure instanceof HopelessError)
      if (!mayHelp || attempt >= this.#config.retries || context.signal.aborted) throw failure
      // Spread, or all that wait would come back together.
      const pauseMs = Math.min(firstPauseMs * 2 ** attempt, longestPauseMs) * (0.5 + Math.random() / 2)
      await delay(pauseMs, undefined, { signal: context.signal }).catch(() => {
        throw failure
      })
    }
  }

  async #attempt(request: VaultRequest, context: SecretContext): Promise<VaultAnswer> {
    const { address, namespace, requestTimeout, ca } = this.#config
    const url = new URL(`/v1/${request.path}`, address)
    const content = request.body === undefined ? undefined : JSON.stringify(request.body)
    const options: RequestOptions & { ca?: Buffer } = {
      method: request.method,
      headers: {
        accept: 'application/json',
        'x-vault-request': 'true',
        ...(request.token !== undefined && { 'x-vault-token': request.token }),
        ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
        ...(content !== undefined && { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(requestTimeout)]),
      // A few requests in the life of a process: nothing to keep open.
      agent: false,
    }
    // Each time: the file may be missing for a moment, or name another authority by now.
    if (ca !== undefined) options.ca = await readAuthorities(resolve(context.folder, ca))
    const { status, text } = await exchange(url, options, content)
    return { status, body: this.#parse(status, text) }
  }

  #parse(status: number, text: string): Readonly<Record<string, unknown>> {
    if (status === 204) return {}
    try {
      const body: unknown = JSON.parse(text)
      if (isRecord(body)) return body
    } catch (error) {
      // A proxy in front of it has pages of its own; the status says enough.
      if (status >= 500 || status === 429) return {}
      if (!(error instanceof SyntaxError)) throw error
    }
    throw new HopelessError(
      `${this.#config.address} answered ${status} and no JSON object`,
      'Check that address is that of a Vault server, and not of a page in front of it.',
    )
  }

  #refusal(answer: VaultAnswer): SecretError {
    const { address } = this.#config
    const { status } = answer
    const complaint = complaintOf(answer)
    if (status === 429)
      return new SecretError(`${address} has too many requests (429)`, 'Raise its quota, or try again.')
    if (/sealed/i.test(complaint)) return new SecretError(`the Vault at ${address} is sealed`, 'Unseal it.')
    return new SecretError(`${address} failed with ${status}${complaint}`, 'Look into the log of Vault.')
  }

  #describe(error: unknown): SecretError {
    if (error instanceof SecretError) return error
    const { address, requestTimeout } = this.#config
    const { name, code, message } = error as NodeJS.ErrnoException
    if (name === 'TimeoutError' || name === 'AbortError' || code === 'ABORT_ERR')
      return new SecretError(
        `${address} did not answer within ${requestTimeout} ms`,
        'Check that it can be reached from here, or raise requestTimeout.',
      )
    if (code !== undefined && certificateError.test(code))
      return new HopelessError(
        `no safe connection to ${address}: ${message} (${code})`,
        'Set ca to the file with the certificate of its authority, and address to the name in its certificate.',
      )
    const reason = code === 'ECONNRESET' ? 'the connection was cut off' : message
    return new SecretError(`${address} cannot be reached: ${reason}`, 'Check address, and that the server runs.')
  }
}

/** What stays as it is however often it is tried. */
class HopelessError extends SecretError {}

/** `: ` and what Vault says of a refusal, which never holds a secret; empty where it says nothing. */
export function complaintOf({ body: { errors } }: VaultAnswer): string {
  const messages = Array.isArray(errors) ? errors.filter((error) => typeof error === 'string') : []
  return messages.length > 0 ? `: ${messages.join('; ').slice(0, 300)}` : ''
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function readAuthorities(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new HopelessError(`ca cannot be read: ${(error as Error).message}`, 'Set ca to a PEM file.')
  }
}

function exchange(
  url: URL,
  options: RequestOptions,
  content: string | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestTls(url, options) : requestPlain(url, options)
    request.on('error', reject)
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > largestAnswer)
          request.destroy(new HopelessError('the answer is larger than 4 MiB', 'Check that address is a Vault server.'))
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      })
    })
    request.end(content)
  })
}
