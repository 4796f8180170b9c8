import { connect, type Socket } from 'node:net'

/** One request as bytes, and the status that answers it. */
export interface PreparedRequest {
  readonly bytes: Buffer
  readonly status: number
}

const headEnd = Buffer.from('\r\n\r\n')

/**
 * One keep-alive connection that sends its requests in turn, the next when the answer to the last is complete. It does as little as
 * possible, so that the server is what is measured: of an answer it reads the status and the length.
 */
export class LoadConnection {
  readonly #socket: Socket
  readonly #requests: readonly PreparedRequest[]
  readonly #onFailure: (error: Error) => void
  #next: number
  #expected = 0
  /** Bytes of the current answer that are still to come; -1 while its head is not complete. */
  #missing = -1
  /** What has arrived of a head that came in parts. */
  #partial: Buffer | undefined
  /** Heads repeat until the date changes, so the last one is kept with what it says. */
  #lastHead = ''
  #lastStatus = 0
  #lastLength = 0
  #isStopping = true
  #whenIdle: (() => void) | undefined
  answered = 0

  constructor(
    port: number,
    requests: readonly PreparedRequest[],
    first: number,
    onFailure: (error: Error) => void,
    onConnect: () => void,
  ) {
    this.#requests = requests
    this.#next = first % requests.length
    this.#onFailure = onFailure
    // Reading into one buffer saves the client an allocation for each answer.
    const buffer = Buffer.allocUnsafe(64 * 1024)
    const onread = {
      buffer,
      callback: (size: number) => {
        this.#read(buffer, size)
        return true
      },
    }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread }, onConnect)
    this.#socket.on('error', onFailure)
    this.#socket.on('close', () => {
      if (!this.#isStopping) onFailure(new Error('The server closed a connection'))
    })
  }

  start(): void {
    this.#isStopping = false
    this.#send()
  }

  /** Resolves when the last answer is complete. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#isStopping = true
      this.#whenIdle = () => {
        this.#socket.destroy()
        resolve()
      }
    })
  }

  destroy(): void {
    this.#isStopping = true
    this.#socket.destroy()
  }

  #send(): void {
    const { bytes, status } = this.#requests[this.#next]!
    this.#next = this.#next + 1 === this.#requests.length ? 0 : this.#next + 1
    this.#expected = status
    this.#socket.write(bytes)
  }

  #read(buffer: Buffer, size: number): void {
    if (this.#missing >= 0) {
      this.#missing -= size
      if (this.#missing <= 0) this.#complete()
      return
    }
    const chunk = this.#partial ? Buffer.concat([this.#partial, buffer.subarray(0, size)]) : buffer
    const length = this.#partial ? chunk.length : size
    const end = chunk.indexOf(headEnd)
    if (end < 0 || end + 4 > length) {
      this.#partial = Buffer.from(chunk.subarray(0, length))
      return
    }
    this.#partial = undefined
    if (!this.#readHead(chunk.toString('latin1', 0, end))) return
    this.#missing = this.#lastLength - (length - end - 4)
    if (this.#missing <= 0) this.#complete()
  }

  #readHead(head: string): boolean {
    if (head !== this.#lastHead) {
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
      if (length === undefined) return this.#fail(`An answer has no content-length:\n${head}`)
      this.#lastHead = head
      this.#lastStatus = Number(head.slice(9, 12))
      this.#lastLength = Number(length)
    }
    if (this.#lastStatus === this.#expected) return true
    return this.#fail(`Answered with ${this.#lastStatus} instead of ${this.#expected}`)
  }

  #complete(): void {
    if (this.#missing < 0) {
      this.#fail('An answer is longer than its content-length')
      return
    }
    this.#missing = -1
    this.answered++
    if (this.#isStopping) this.#whenIdle?.()
    else this.#send()
  }

  #fail(message: string): false {
    this.destroy()
    this.#onFailure(new Error(message))
    return false
  }
}
