import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'

/** The other server behind a proxy, with a real socket. */
export interface Upstream extends AsyncDisposable {
  readonly url: string
  readonly server: NetServer
  /** Connections that were opened to it so far. */
  readonly connections: readonly Socket[]
}

export async function startUpstream(handle: RequestListener): Promise<Upstream> {
  const server = createServer({ maxHeaderSize: 64 * 1024, requestTimeout: 0 }, handle)
  server.maxHeadersCount = 0
  return listen(server)
}

/** One that agrees to WebSocket and echoes bytes then. @param handle  answers all other requests */
export async function startWebSocketUpstream(handle: RequestListener): Promise<Upstream> {
  const upstream = await startUpstream(handle)
  upstream.server.on('upgrade', (_req, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n')
    socket.pipe(socket)
  })
  return upstream
}

/** One that speaks byte by byte. @param onData  gets all that a connection has sent so far */
export async function startRawUpstream(onData: (socket: Socket, received: string) => void): Promise<Upstream> {
  const server = createNetServer((socket) => {
    let received = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => onData(socket, (received += chunk.toString('latin1'))))
  })
  return listen(server)
}

async function listen(server: NetServer): Promise<Upstream> {
  const connections: Socket[] = []
  server.on('connection', (socket: Socket) => connections.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
