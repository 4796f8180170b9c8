import { once } from 'node:events'
import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as afterTurn, setTimeout as delay } from 'node:timers/promises'

import { callsPrefix } from '../../calls/codec/call-operation.js'
import type { Fault, FaultChoice, FaultKind } from './fault-plan.js'

const slowPieces = 10
const ofConnection = /^(?:connection|keep-alive)$/i

/** What stands in the way to one server: passes requests on, and does to them what was chosen. */
export class FaultLink {
  readonly port: number
  /** How often each fault has happened. */
  readonly counts = new Map<FaultKind, number>()
  readonly #targetPort: number
  #choose: FaultChoice
  readonly #sockets = new Set<Socket>()
  readonly #listener: Server
  /** How many connections were taken. */
  #taken = 0
  #executed: { readonly call: RegExp; readonly act: () => Promise<void> } | undefined
  /** There is a server behind it. */
  #isOpen = false
  #isListening = false
  /** Until it takes connections again. */
  #refusing: { readonly timer: NodeJS.Timeout; readonly until: number } | undefined

  /**
   * @param port  free port of 127.0.0.1 that callers connect to
   * @param targetPort  of the server
   */
  constructor(port: number, targetPort: number, choose: FaultChoice) {
    this.port = port
    this.#targetPort = targetPort
    this.#choose = choose
    const server = createHttpServer((incoming, outgoing) => void this.#pass(incoming, outgoing))
    // A listener of its own: that of HTTP closes connections together with its port.
    this.#listener = createServer((socket) => {
      this.#taken++
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      server.emit('connection', socket)
    })
  }

  /**
   * Does something once: when the server has answered a call, before anybody has the answer.
   * @param call  matches verb and target
   */
  onceExecuted(call: RegExp, act: () => Promise<void>): void {
    this.#executed = { call, act }
  }

  /** Passes everything on as it comes. */
  heal(): void {
    this.#choose = () => undefined
    void this.#takeConnections()
  }

  /** Takes connections from now on. */
  async open(): Promise<void> {
    this.#isOpen = true
    await this.#takeConnections()
  }

  /** Breaks all connections and refuses new ones, as a machine does whose server has died. */
  async close(): Promise<void> {
    this.#isOpen = false
    this.#takeNoConnections()
    const closed = [...this.#sockets].map((socket) => once(socket, 'close'))
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await Promise.all(closed)
  }

  async #takeConnections(): Promise<void> {
    clearTimeout(this.#refusing?.timer)
    this.#refusing = undefined
    if (this.#isListening || !this.#isOpen) return
    this.#isListening = true
    this.#listener.listen(this.port, '127.0.0.1')
    await once(this.#listener, 'listening')
    // Closed before it had begun.
    if (!this.#isListening) this.#listener.close()
  }

  #takeNoConnections(): void {
    clearTimeout(this.#refusing?.timer)
    this.#refusing = undefined
    this.#isListening = false
    this.#listener.close()
  }

  /** The port is closed for a while. Of connections that are there each has one more answer. */
  async #refuse(ms: number): Promise<void> {
    // Those that the system has established and nobody has taken yet would be reset.
    for (let before = -1; before !== this.#taken; await afterTurn()) {
      before = this.#taken
      await afterTurn()
    }
    if (!this.#isOpen) return
    const until = Math.max(performance.now() + ms, this.#refusing?.until ?? 0)
    this.#takeNoConnections()
    const timer = setTimeout(() => void this.#takeConnections(), until - performance.now())
    this.#refusing = { timer, until }
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // What servers ask each other by themselves, and when, would make what happens to calls a matter of time.
    const fault = incoming.url!.startsWith(`${callsPrefix}/`) ? this.#choose() : undefined
    if (fault) this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1)
    const { socket } = incoming
    try {
      if (fault?.kind === 'refused') await this.#refuse(fault.durationMs)
      if (fault?.kind === 'resetBefore') {
        socket.resetAndDestroy()
        return
      }
      const body = await read(incoming)
      if (fault?.kind === 'latency') await delay(fault.durationMs)
      if (fault?.kind === 'duplicate') {
        const [answer, again] = await Promise.all([this.#send(incoming, body), this.#send(incoming, body)])
        again.resume()
        await this.#answer(answer, outgoing, undefined)
      } else {
        const answer = await this.#send(incoming, body, outgoing)
        await this.#noteExecuted(incoming)
        await this.#answer(answer, outgoing, fault)
      }
    } catch {
      // Whoever is behind it is gone: that is what a caller of it would see.
      socket.resetAndDestroy()
    }
  }

  async #noteExecuted({ method, url }: IncomingMessage): Promise<void> {
    const executed = this.#executed
    if (!executed?.call.test(`${method!} ${url!}`)) return
    this.#executed = undefined
    await executed.act()
  }

  /** @param outgoing  whose end aborts the request */
  async #send(incoming: IncomingMessage, body: Buffer, outgoing?: ServerResponse): Promise<IncomingMessage> {
    const { method, url, rawHeaders } = incoming
    const sent = request({
      host: '127.0.0.1',
      port: this.#targetPort,
      // A connection that is kept may be one to a server that is no more.
      agent: false,
      method,
      path: url,
      headers: rawHeaders,
    })
    outgoing?.once('close', () => outgoing.writableFinished || sent.destroy())
    sent.on('error', ignore)
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return answer.on('error', ignore)
  }

  async #answer(answer: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): Promise<void> {
    const { statusCode = 502, statusMessage = '', rawHeaders } = answer
    if (fault?.kind === 'resetAfter') {
      await read(answer)
      outgoing.socket?.resetAndDestroy()
      return
    }
    outgoing.writeHead(statusCode, statusMessage, this.#isListening ? rawHeaders : lastOf(rawHeaders))
    if (fault?.kind !== 'slowBody' && fault?.kind !== 'cutBody') {
      outgoing.flushHeaders()
      for await (const chunk of answer) if (!outgoing.write(chunk)) await once(outgoing, 'drain')
      outgoing.end()
      return
    }
    const body = await read(answer)
    if (fault.kind === 'cutBody') {
      outgoing.write(body.subarray(0, Math.floor(body.length / 2)))
      // What was written has to be on its way, or nothing of it would arrive.
      await new Promise((resolve) => setImmediate(resolve))
      outgoing.socket?.resetAndDestroy()
      return
    }
    const size = Math.max(1, Math.ceil(body.length / slowPieces))
    for (let from = 0; from < body.length; from += size) {
      outgoing.write(body.subarray(from, from + size))
      await delay(fault.durationMs / slowPieces)
    }
    outgoing.end()
  }
}

/** Of the last answer on a connection: the next call needs another one. @param rawHeaders  names and values in turn */
function lastOf(rawHeaders: readonly string[]): string[] {
  const others = rawHeaders.filter((_, index) => !ofConnection.test(rawHeaders[index - (index % 2)]!))
  return [...others, 'connection', 'close']
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** What breaks is noticed by whoever waits for it. */
function ignore(): void {}
