import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

import type { Failure, FromWorker } from './messages.js'
import { Refusals } from './refusals.js'
import type { Doors, WorkerProcess } from './worker-process.js'

/** How long requests wait for a project that is built and started, in milliseconds. */
const patienceMs = 15_000

type Request = Extract<FromWorker, { type: 'enter' }>

interface Door {
  readonly server: Server
  /** As a worker has asked for it last. */
  request: Request
  worker: WorkerProcess
}

/** What happens to a connection on which a request begins. */
type State =
  { readonly kind: 'held' } | { readonly kind: 'given'; readonly worker: WorkerProcess } | { readonly kind: 'refused' }

interface Waiting {
  readonly door: Door
  readonly timer: NodeJS.Timeout
}

/**
 * The addresses of the project. They stay open while its processes come and go: a connection is given to a process when the first
 * bytes of its request have arrived, and waits here when there is none to give it to.
 */
export class Entrances implements Doors {
  readonly #doors = new Map<string, Door>()
  readonly #waiting = new Map<Socket, Waiting>()
  readonly #refusals = new Refusals()
  #state: State = { kind: 'held' }

  /** Opens an address for a worker, unless it is open. @throws the error of the system */
  async open(request: Request, worker: WorkerProcess): Promise<AddressInfo> {
    const { host, port } = request
    const fixed = `${host ?? ''}:${port}`
    // Of those that the system chooses each is another one; a process asks for them in the same order as the one before.
    const key = port === 0 ? `${fixed} ${request.entrance}` : fixed
    const open = this.#doors.get(key)
    if (open) {
      Object.assign(open, { request, worker })
      limitConnections(open.server, request)
      return open.server.address() as AddressInfo
    }
    // With a mark of one byte nothing is read beyond what the request begins with: the rest is left to whom the connection is given to.
    const server = createServer({ pauseOnConnect: true, highWaterMark: 1, allowHalfOpen: true })
    const door: Door = { server, request, worker }
    limitConnections(server, request)
    server.on('connection', (socket) => this.#welcome(socket, door))
    server.listen({ host, port })
    await once(server, 'listening')
    this.#doors.set(key, door)
    return server.address() as AddressInfo
  }

  /** From now on requests wait. */
  hold(): void {
    this.#state = { kind: 'held' }
    this.#refusals.failure = undefined
  }

  /** From now on a process answers, which has asked for its addresses. Those that it has not asked for are closed. */
  giveTo(worker: WorkerProcess): void {
    for (const [key, door] of this.#doors) {
      if (door.worker === worker) continue
      door.server.close()
      this.#doors.delete(key)
    }
    this.#settle({ kind: 'given', worker })
    this.#refusals.reloadPages()
  }

  /** From now on requests are told why nobody answers. */
  refuse(failure: Failure): void {
    this.#refusals.failure = failure
    this.#settle({ kind: 'refused' })
  }

  close(): void {
    for (const { server } of this.#doors.values()) server.close()
    for (const socket of this.#waiting.keys()) socket.destroy()
    this.#refusals.reloadPages()
  }

  #settle(state: State): void {
    this.#state = state
    for (const [socket, { door, timer }] of this.#waiting) {
      clearTimeout(timer)
      this.#pass(socket, door)
    }
    this.#waiting.clear()
  }

  #welcome(socket: Socket, door: Door): void {
    socket.on('error', () => socket.destroy())
    const silence = setTimeout(() => socket.destroy(), door.request.headersMs)
    socket.once('close', () => clearTimeout(silence))
    socket.once('readable', () => {
      clearTimeout(silence)
      if (this.#state.kind === 'held') this.#wait(socket, door)
      else this.#pass(socket, door)
    })
  }

  #wait(socket: Socket, door: Door): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(socket)
      this.#refuse(socket, door)
    }, patienceMs)
    this.#waiting.set(socket, { door, timer })
    socket.once('close', () => {
      clearTimeout(timer)
      this.#waiting.delete(socket)
    })
  }

  #pass(socket: Socket, door: Door): void {
    if (this.#state.kind !== 'given') {
      this.#refuse(socket, door)
      return
    }
    // To read what is there must not make the system read more: it would be lost when the connection is given away.
    socket._read = () => undefined
    const head = socket.read() as Buffer | null
    if (head) this.#state.worker.take(door.request.entrance, head, socket)
    else socket.destroy()
  }

  #refuse(socket: Socket, door: Door): void {
    this.#refusals.answer(socket, door.request.tls)
    socket.resume()
  }
}

/** Of connections on which no request begins: each process counts its own. */
function limitConnections(server: Server, { connections }: Request): void {
  server.maxConnections = connections === 0 ? Infinity : connections
}
