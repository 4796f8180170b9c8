import type { IncomingMessage, RequestListener } from 'node:http'

import { TransportError, type CallRequest, type CallResponse, type SendOptions } from '../call-transport.js'
import { CallExchange } from '../call-exchange.js'
import { MemoryRequest } from './memory-request.js'
import { MemoryResponse } from './memory-response.js'
import { MemorySocket } from './memory-socket.js'

/** Whoever is in the same process has the memory for it already, and does not fall silent without ending. */
const limits = { answerBytes: Infinity, streamIdleMs: 0 }

/**
 * Hands one call to a request listener without a socket: with half of the CPU that it takes over one.
 * @param prepare  sees the request before the listener does
 * @throws TransportError
 */
export function deliver(
  handle: RequestListener,
  request: CallRequest,
  options: SendOptions,
  prepare: (req: IncomingMessage) => void = () => undefined,
): Promise<CallResponse> {
  const exchange = new MemoryExchange(options, limits)
  if (!exchange.isEnded) exchange.start(handle, request, prepare)
  return exchange.response
}

class MemoryExchange extends CallExchange {
  #res: MemoryResponse | undefined

  start(handle: RequestListener, request: CallRequest, prepare: (req: IncomingMessage) => void): void {
    const socket = new MemorySocket()
    const req = new MemoryRequest(socket, request)
    const res = (this.#res = new MemoryResponse(req, socket, this))
    // Where it has ended before, this says nothing.
    res.once('close', () => this.#cutOff())
    this.noteSent()
    prepare(req)
    try {
      handle(req, res)
    } catch (error) {
      this.#cutOff(error)
    }
  }

  onPressure(isHigh: boolean): void {
    this.#res!.press(isHigh)
  }

  protected abandon(): void {
    this.#res!.destroy()
  }

  #cutOff(cause?: unknown): void {
    this.fail(new TransportError('reset', 'maybe', 'The answer was cut off', cause === undefined ? {} : { cause }))
  }
}
