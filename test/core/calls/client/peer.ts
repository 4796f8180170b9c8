import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

const open: (() => unknown)[] = []
afterEach(() => Promise.all(open.splice(0).map((close) => close())))

/** What a peer saw. */
export interface Peer {
  readonly url: string
  readonly port: number
  /** Texts of the requests that arrived whole, in order. */
  readonly requests: string[]
  readonly connections: number
  /** No more connections; those that are there break off. */
  close(): Promise<void>
}

export interface PeerBehaviour {
  onConnect?: (socket: Socket) => void
  /** A request has arrived, with its body. */
  onRequest?: (socket: Socket, text: string, count: number) => void
}

/** A peer below HTTP, which does with its sockets what a broken one does. */
export async function createPeer({ onConnect, onRequest }: PeerBehaviour): Promise<Peer> {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    let received = ''
    socket.on('data', (data) => {
      received += data.toString('latin1')
      const length = /content-length: (\d+)/i.exec(received)?.[1] ?? '0'
      const end = received.indexOf('\r\n\r\n')
      if (end < 0 || received.length < end + 4 + Number(length)) return
      const text = received
      received = ''
      requests.push(text)
      onRequest?.(socket, text, requests.length)
    })
    onConnect?.(socket)
  })
  const { port, url } = await listen(server)
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  open.push(close)
  return {
    url,
    port,
    requests,
    get connections() {
      return connections
    },
    close,
  }
}

export interface HttpPeer {
  readonly url: string
  readonly requests: IncomingMessage[]
  close(): Promise<void>
}

/** A peer that speaks HTTP. */
export async function createHttpPeer(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  port = 0,
): Promise<HttpPeer> {
  const requests: IncomingMessage[] = []
  const server = createHttpServer((request, response) => {
    requests.push(request)
    request.resume().on('end', () => answer(request, response, requests.length))
  })
  const { url } = await listen(server, port)
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  open.push(close)
  return { url, requests, close }
}

/** Where nobody listens. */
export async function createRefusingUrl(): Promise<string> {
  const server = createServer()
  const { url } = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return url
}

/**
 * A peer that listens and never takes a connection, with its queue full: the kernel drops what else comes, as a firewall does.
 */
export async function createBlackHole(): Promise<string> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer()
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 50)
     })`,
    { eval: true },
  )
  open.push(() => worker.terminate())
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  await new Promise((resolve) => setTimeout(resolve, 300))
  const { connect } = await import('node:net')
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  open.push(() => fillers.forEach((filler) => filler.destroy()))
  await new Promise((resolve) => setTimeout(resolve, 200))
  return `http://127.0.0.1:${port}`
}

async function listen(server: Server, port = 0): Promise<{ port: number; url: string }> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return { port: address.port, url: `http://127.0.0.1:${address.port}` }
}
