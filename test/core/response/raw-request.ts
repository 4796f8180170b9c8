import { connect, type Socket } from 'node:net'

export interface RawConversation {
  readonly socket: Socket
  /** What the server has sent so far. */
  received(): string
  /** Resolves when the text received contains `text`, or the connection is closed. */
  until(text: string): Promise<string>
  /** Resolves with everything received once the server has closed the connection, by whatever means. */
  closed(): Promise<string>
}

/** Speaks to a server byte by byte, for what HTTP clients do not show or cannot do. */
export async function openRaw(url: string, firstBytes: string | Uint8Array): Promise<RawConversation> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  let isClosed = false
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  socket.on('close', () => (isClosed = true))
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.write(firstBytes)
  return {
    socket,
    received: () => text,
    until: (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          if (text.includes(wanted) || isClosed) resolve(text)
        }
        socket.on('data', look).on('close', () => resolve(text))
        look()
      }),
    closed: () =>
      new Promise((resolve) => {
        if (isClosed) resolve(text)
        else socket.on('close', () => resolve(text))
      }),
  }
}
