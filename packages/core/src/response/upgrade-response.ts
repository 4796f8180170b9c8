import { ServerResponse, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'

import { validateHeaders } from './validate-headers.js'

/**
 * The response to a request for another protocol on its connection. Answered as any other it says no, and the connection ends behind it;
 * {@link switchProtocols} says yes.
 */
export class UpgradeResponse extends ServerResponse {
  /** What the client sent behind the request, in the other protocol. */
  readonly firstBytes: Buffer
  readonly #onSwitch: (socket: Socket) => void
  #isSwitched = false

  /** @param onSwitch  learns of a connection that no longer speaks HTTP */
  constructor(req: IncomingMessage, socket: Socket, firstBytes: Buffer, onSwitch: (socket: Socket) => void) {
    super(req)
    this.firstBytes = firstBytes
    this.#onSwitch = onSwitch
    this.shouldKeepAlive = false
    this.assignSocket(socket)
    // Node has taken its own listeners away, and an error that nobody hears would end the process.
    socket.on('error', () => socket.destroy())
    this.once('finish', () => {
      if (!this.#isSwitched) socket.destroySoon()
    })
  }

  /**
   * Answers 101, which is all of the response, and hands over the connection. The response is closed when the connection is.
   * @throws TypeError for a header that cannot be sent; something else may be answered then
   */
  switchProtocols(statusMessage: string, headers: OutgoingHttpHeaders): Socket {
    const socket = this.socket!
    validateHeaders(headers)
    this.writeHead(101, statusMessage, headers)
    this.#isSwitched = true
    this.end()
    this.detachSocket(socket)
    socket.once('close', () => {
      this.destroyed = true
      this.emit('close')
    })
    this.#onSwitch(socket)
    return socket
  }
}
