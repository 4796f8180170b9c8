import { E_TRANSPORT_FAILED } from '../../errors/catalogue/deployments.js'
import { LokstraError, lokstraError } from '../../errors/lokstra-error.js'
import { reasonOf } from '../../errors/reason-of.js'
import type { Logger } from '../../logging/logger.js'
import { isThenable } from '../../promises/is-thenable.js'
import {
  CallTransport,
  TransportError,
  type CallConnection,
  type CallHandler,
  type CallRequest,
  type CallResponse,
  type SendOptions,
} from '../call-transport.js'

/** A transport that a service is, under its name: what it does wrong is told as that of this service. */
export class NamedTransport extends CallTransport {
  readonly #name: string
  readonly #transport: CallTransport
  readonly #log: Logger

  constructor(name: string, transport: CallTransport, log: Logger) {
    super()
    this.#name = name
    this.#transport = transport
    this.#log = log
  }

  /** Opens nothing before the first call: where that fails the call does, and the next one tries again. */
  override connect(url: string, options: { readonly connections: number }): CallConnection {
    let isClosed = false
    let connection: CallConnection | undefined
    return {
      send: (request: CallRequest, sendOptions: SendOptions): Promise<CallResponse> => {
        if (isClosed) throw new TransportError('refused', 'no', 'The way was closed')
        connection ??= this.#open(url, options)
        return connection.send(request, sendOptions)
      },
      close: async () => {
        isClosed = true
        try {
          await connection?.close()
        } catch (error) {
          this.#logFailure(`did not close its way to ${url}`, error)
        }
      },
    }
  }

  /**
   * @returns stops it, and never rejects: what fails is logged
   * @throws E_TRANSPORT_FAILED
   */
  override async serve(services: readonly string[], handle: CallHandler): Promise<() => Promise<void>> {
    let stop: (() => Promise<void>) | undefined
    try {
      stop = await this.#transport.serve?.(services, handle)
    } catch (error) {
      throw this.#failure('cannot take calls in', error)
    }
    return async () => {
      try {
        await stop?.()
      } catch (error) {
        this.#logFailure('did not stop to take calls in', error)
      }
    }
  }

  /** @throws TransportError */
  #open(url: string, options: { readonly connections: number }): CallConnection {
    const what = `cannot open a way to ${url}`
    let opened: unknown
    try {
      opened = this.#transport.connect(url, options)
    } catch (error) {
      throw unreached(this.#failure(what, error))
    }
    if (isConnection(opened)) return opened
    // It is refused whatever comes of it.
    if (isThenable(opened)) opened.then(undefined, () => undefined)
    const given = isThenable(opened) ? 'a promise' : 'something that has no send and close'
    throw unreached(this.#failure(what, new TypeError(`connect gave ${given} instead of a CallConnection`)))
  }

  #failure(what: string, cause: unknown): LokstraError {
    // An error of the catalogue explains itself.
    if (LokstraError.is(cause)) return cause
    return lokstraError(E_TRANSPORT_FAILED, { transport: this.#name, what, reason: reasonOf(cause) }, [], { cause })
  }

  #logFailure(what: string, cause: unknown): void {
    this.#log.error('transport failed', { err: this.#failure(what, cause) })
  }
}

function unreached(cause: LokstraError): TransportError {
  return new TransportError('refused', 'no', cause.problem, { cause })
}

function isConnection(value: unknown): value is CallConnection {
  if (typeof value !== 'object' || value === null) return false
  const { send, close } = value as Partial<Record<keyof CallConnection, unknown>>
  return typeof send === 'function' && typeof close === 'function'
}
