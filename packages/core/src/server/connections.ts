import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { lingerMs } from './linger-ms.js'
import { untilClosed } from './until-closed.js'

/** Of Node, undocumented and unchanged for ten years: the response that a connection is busy with. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: HttpResponse | null
}
interface HttpResponse extends ServerResponse {
  /** Its head says that the connection is closed behind it. */
  readonly _last?: boolean
}

interface Connection {
  /** Responses to pipelined requests that wait, or had to wait, for an earlier one. RFC 9112 §9.3.2. */
  readonly waiting: Set<ServerResponse>
  /** The last that was added to them. */
  newest: ServerResponse | undefined
  bytesRead: number
  /** Requests that were counted, as far as they are limited. */
  requests: number
  /** It speaks another protocol than HTTP. */
  isSwitched: boolean
  /** Milliseconds of `performance.now()` when it was last seen to be in use. */
  usedAt: number
}

/**
 * The open connections of a listener, and how they end without losing a request.
 *
 * A server cannot take back a keep-alive connection safely: while its FIN travels, the client may send the next request on it,
 * which then fails although nothing is wrong with it. Only the answer to a request can say that it is the last. So connections
 * are retired, not closed: whatever is still asked on one is answered with `connection: close`, and only those that have been
 * quiet for a while are ended. What arrives even so, later than the FIN, is not processed, which makes it safe to repeat.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>()
  /** The connections below those of TLS, whose handshake may still be under way. */
  readonly #raw = new Set<Socket>()
  #isEnding = false
  #requestLimit = 0

  /** @param requestLimit  how many requests a connection is for; 0 for any number */
  constructor(requestLimit: number) {
    this.#requestLimit = requestLimit
  }

  /** For the requests that come from now on; those that were never counted do not count. */
  set requestLimit(value: number) {
    this.#requestLimit = value
  }

  readonly add = (socket: Socket): void => {
    const connection: Connection = {
      waiting: new Set(),
      newest: undefined,
      bytesRead: 0,
      requests: 0,
      isSwitched: false,
      usedAt: performance.now(),
    }
    this.#open.set(socket, connection)
    socket.once('close', () => {
      this.#open.delete(socket)
      // Node tells only the response whose turn it is.
      for (const res of connection.waiting) {
        if (res.socket) continue
        res.destroy()
        res.emit('close')
      }
    })
  }

  /** Notes a connection that no longer speaks HTTP. It carries no request, so it is ended when the listener closes. */
  readonly noteSwitch = (socket: Socket): void => {
    const connection = this.#open.get(socket)
    if (connection) connection.isSwitched = true
  }

  /** Forgets a connection that turned out to be kept elsewhere. */
  release(socket: Socket): void {
    this.#open.delete(socket)
  }

  /** Notes a connection that TLS is about to be spoken on. It counts once it is secure, and then as another socket. */
  readonly addHandshake = (socket: Socket): void => {
    this.#raw.add(socket)
    socket.once('close', () => this.#raw.delete(socket))
  }

  /**
   * Notes a request.
   * @returns false when it must not be processed, as no answer to it can be sent. RFC 9112 §9.6
   */
  admit(req: IncomingMessage, res: ServerResponse): boolean {
    const socket = req.socket as HttpSocket
    if (socket.writableEnded) return false
    const isLast = this.#isEnding || (this.#requestLimit > 0 && this.#isUsedUp(socket))
    // Its turn has come at once: nothing else is under way on the connection.
    if (res.socket) {
      if (isLast) res.shouldKeepAlive = false
      return true
    }
    const connection = this.#open.get(socket)
    const previous = lastResponse(socket, connection)
    if (previous?.headersSent && previous._last) return false
    if (connection) {
      connection.waiting.add(res)
      connection.newest = res
      res.once('close', () => connection.waiting.delete(res))
    }
    if (isLast) {
      if (previous && !previous.headersSent) previous.shouldKeepAlive = true
      res.shouldKeepAlive = false
    }
    return true
  }

  /**
   * Counts a request. Node's own count answers the first one too many with 503; here it finds a connection that was announced to
   * close, also when the limit becomes lower than what was counted.
   */
  #isUsedUp(socket: Socket): boolean {
    const connection = this.#open.get(socket)
    return connection !== undefined && ++connection.requests >= this.#requestLimit
  }

  /** Whether answers tell the client to send nothing further on the connection. */
  announceEnd(isEnding: boolean): void {
    this.#isEnding = isEnding
    if (!isEnding) return
    for (const [socket, connection] of this.#open) {
      const last = lastResponse(socket, connection)
      if (last && !last.headersSent) last.shouldKeepAlive = false
    }
  }

  /**
   * Resolves when no connection is open. Each is closed after the answer to what is asked on it, or when it has been quiet.
   * @param quietMs  how long nothing must have happened on a connection before it is ended unasked
   */
  async retire(quietMs: number): Promise<void> {
    this.announceEnd(true)
    const startedAt = performance.now()
    for (const [socket, connection] of this.#open) {
      connection.bytesRead = socket.bytesRead
      connection.usedAt = startedAt
    }
    await untilClosed(this.#open, () => {
      for (const [socket, connection] of this.#open) endIfQuiet(socket, connection, quietMs)
    })
  }

  destroyAll(): void {
    for (const socket of this.#open.keys()) socket.destroy()
    for (const socket of this.#raw) socket.destroy()
  }
}

function endIfQuiet(socket: HttpSocket, connection: Connection, quietMs: number): void {
  const now = performance.now()
  if (socket.writableEnded) {
    if (now - connection.usedAt >= quietMs + lingerMs) socket.destroy()
  } else if (connection.isSwitched) {
    connection.usedAt = now - quietMs
    socket.end()
  } else if (socket._httpMessage || socket.bytesRead !== connection.bytesRead) {
    connection.bytesRead = socket.bytesRead
    connection.usedAt = now
  } else if (now - connection.usedAt >= quietMs) {
    socket.end()
  }
}

/** The response that no other one waits for; undefined on an idle connection. */
function lastResponse(socket: HttpSocket, connection: Connection | undefined): HttpResponse | undefined {
  const newest = connection?.newest
  // When the newest has ended, those before it have as well.
  return newest && !newest.destroyed ? newest : (socket._httpMessage ?? undefined)
}

/** The response that is being sent on a connection. */
export function currentResponse(socket: Socket): ServerResponse | undefined {
  return (socket as HttpSocket)._httpMessage ?? undefined
}
