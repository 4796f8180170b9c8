import {
  IncomingAnswer,
  TransportError,
  type CallResponse,
  type SendOptions,
  type TransportFailure,
} from '@lokstra/core'

import type { NatsMessage } from './nats-link.js'
import { windowPieces, type AnswerPart } from './nats-protocol.js'

export interface NatsCallLimits {
  /** Of an answer that is read as a whole, in bytes. */
  readonly answerBytes: number
  readonly streamIdleMs: number
}

/** What a call says to the other side, and to the caller that holds it. */
export interface NatsCallLine {
  /** Lets the other side send more pieces. */
  grant(control: string, credit: number): void
  /** Nobody waits for the answer any more. */
  leave(control: string | undefined): void
  forget(): void
}

/** One call, from the message that asks to the last one of its answer. */
export class NatsCall {
  readonly response: Promise<CallResponse>
  readonly #limits: NatsCallLimits
  readonly #line: NatsCallLine
  readonly #signal: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout
  #settle!: { resolve: (response: CallResponse) => void; reject: (error: Error) => void }
  #answer: IncomingAnswer | undefined
  #control: string | undefined
  #nextPiece = 0
  #ungranted = 0
  #isPressed = false

  constructor({ signal, timeoutMs }: SendOptions, limits: NatsCallLimits, line: NatsCallLine) {
    this.#limits = limits
    this.#line = line
    this.#signal = signal
    this.response = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#timer = setTimeout(() => this.#giveUp('timeout', `No answer within ${Math.round(timeoutMs)} ms`), timeoutMs)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  receive({ head, data, isUnanswerable }: NatsMessage): void {
    if (isUnanswerable) {
      this.fail(new TransportError('refused', 'no', 'No server answers for the service'))
      return
    }
    const part = readPart(head)
    const isBeginning = part?.kind === 'whole' || part?.kind === 'head'
    if (isBeginning && this.#answer) {
      this.#break(new TransportError('protocol', 'maybe', 'The answer begins twice'))
      return
    }
    switch (part?.kind) {
      case 'whole':
        this.#begin(part)
        this.#answer!.push(data)
        this.#end()
        break
      case 'head':
        this.#control = part.control
        this.#begin(part)
        break
      case 'piece':
      case 'end':
        this.#continue(part, data)
        break
      case 'failed':
        this.fail(new TransportError('reset', 'maybe', 'The answer was cut off'))
        break
      case undefined:
        this.#break(new TransportError('protocol', 'maybe', 'The answer is not one of a server of the project'))
    }
  }

  fail(error: TransportError): void {
    this.#release()
    if (this.#answer) this.#answer.fail(error)
    else this.#settle.reject(error)
  }

  #begin({ status, headers }: { readonly status: number; readonly headers: CallResponse['headers'] }): void {
    this.#answer = new IncomingAnswer({
      status,
      headers,
      limitBytes: this.#limits.answerBytes,
      idleMs: this.#limits.streamIdleMs,
      onStream: () => clearTimeout(this.#timer),
      onPressure: (isHigh) => {
        this.#isPressed = isHigh
        this.#grant()
      },
      onAbort: () => {
        this.#release()
        this.#line.leave(this.#control)
      },
    })
    this.#settle.resolve(this.#answer)
  }

  #continue({ kind, n }: Extract<AnswerPart, { n: number }>, data: Uint8Array): void {
    if (!this.#answer || n !== this.#nextPiece) {
      this.#break(new TransportError('reset', 'maybe', 'A piece of the answer is missing'))
    } else if (kind === 'end') {
      this.#end()
    } else {
      this.#nextPiece++
      // Nothing but the window keeps a writer from filling the memory of a slow reader.
      if (++this.#ungranted > windowPieces) {
        this.#break(new TransportError('protocol', 'maybe', 'The answer comes faster than it is taken'))
        return
      }
      this.#answer.push(data)
      this.#grant()
    }
  }

  /** A quarter of the window at a time, and at once to a writer that may be waiting for it. */
  #grant(): void {
    if (this.#isPressed || this.#ungranted < windowPieces / 4 || this.#control === undefined) return
    this.#line.grant(this.#control, this.#ungranted)
    this.#ungranted = 0
  }

  #end(): void {
    this.#release()
    this.#answer!.end()
  }

  readonly #onAbort = (): void => {
    this.#giveUp('aborted', 'The caller gave up', { cause: this.#signal?.reason as unknown })
  }

  #giveUp(reason: TransportFailure, message: string, options?: ErrorOptions): void {
    this.#break(new TransportError(reason, 'maybe', message, options))
  }

  #break(error: TransportError): void {
    this.fail(error)
    this.#line.leave(this.#control)
  }

  #release(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#line.forget()
  }
}

/** Undefined for what no server of the project has written. */
function readPart(head: string | undefined): AnswerPart | undefined {
  try {
    const part = JSON.parse(head ?? '') as AnswerPart | null
    return part !== null && isPart(part) ? part : undefined
  } catch {
    return undefined
  }
}

function isPart(part: AnswerPart): boolean {
  switch (part.kind) {
    case 'whole':
      return isHead(part)
    case 'head':
      return isHead(part) && typeof part.control === 'string' && /^[^\s*>]+$/.test(part.control)
    case 'piece':
    case 'end':
      return Number.isSafeInteger(part.n)
    case 'failed':
      return true
    default:
      return false
  }
}

function isHead({ status, headers }: { readonly status: unknown; readonly headers: unknown }): boolean {
  const isStatus = Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599
  if (!isStatus || typeof headers !== 'object' || headers === null || Array.isArray(headers)) return false
  return Object.values(headers).every((value) => typeof value === 'string')
}
