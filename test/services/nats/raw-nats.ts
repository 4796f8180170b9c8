import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawMessage {
  readonly subject: string
  readonly reply: string | undefined
}

/** A client of NATS that says whatever it is told to, in the words of the protocol. */
export class RawNats implements AsyncDisposable {
  readonly #socket: Socket
  #text = ''

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** @param onMessage  told of what comes on the subscribed subjects; bodies are not read */
  static async open(
    url: string,
    subjects: readonly string[] = [],
    onMessage: (message: RawMessage, nats: RawNats) => void = () => undefined,
  ): Promise<RawNats> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname).on('error', () => undefined)
    const nats = new RawNats(socket)
    let isUp: () => void
    const up = new Promise<void>((resolve) => (isUp = resolve))
    socket.setEncoding('utf8').on('data', (text: string) => {
      nats.#text += text
      for (let end; (end = nats.#text.indexOf('\r\n')) >= 0;) {
        const line = nats.#text.slice(0, end)
        nats.#text = nats.#text.slice(end + 2)
        if (line === 'PING') socket.write('PONG\r\n')
        else if (line === 'PONG') isUp()
        else if (/^H?MSG /.test(line)) onMessage(readMessage(line), nats)
      }
    })
    const subscriptions = subjects.map((subject, index) => `SUB ${subject} ${index + 1}\r\n`).join('')
    socket.write(`CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n${subscriptions}PING\r\n`)
    await up
    return nats
  }

  /** @param header  name and value; the text of the value is sent as it is */
  publish(
    subject: string,
    { reply = '', header, body = '' }: { reply?: string; header?: [string, string]; body?: string },
  ): void {
    const head = header ? `NATS/1.0\r\n${header[0]}: ${header[1]}\r\n\r\n` : 'NATS/1.0\r\n\r\n'
    const length = Buffer.byteLength(head)
    this.#socket.write(`HPUB ${subject} ${reply} ${length} ${length + Buffer.byteLength(body)}\r\n${head}${body}\r\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return
    this.#socket.destroy()
    await once(this.#socket, 'close')
  }
}

/** `HMSG subject sid [reply] header-length length` and `MSG subject sid [reply] length`. */
function readMessage(line: string): RawMessage {
  const [kind, subject, , ...rest] = line.split(' ')
  const lengths = kind === 'HMSG' ? 2 : 1
  return { subject: subject!, reply: rest.length > lengths ? rest[0] : undefined }
}
