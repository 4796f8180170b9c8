import { CallExchange, TransportError, type ExchangeLimits, type SendOptions } from '@lokstra/core'

import type { NatsMessage } from './nats-link.js'
import { windowPieces, type AnswerPart } from './nats-protocol.js'

/** What a call says to the other side, and to the caller that holds it. */
export interface NatsCallLine {
  /** Lets the other side send more pieces. */
  readonly grant: (control: string, credit: number) => void
  /** Nobody waits for the answer any more. */
  readonly leave: (control: string | undefined) => void
  readonly forget: () => void
}

/** One call, from the message that asks to the last one of its answer. */
export class NatsCall extends CallExchange {
  readonly #line: NatsCallLine
  #control: string | undefined
  #nextPiece = 0
  #ungranted = 0
  #isPressed = false

  /** The message that asks is to be published at once: where the call is given up, it may have been executed. */
  constructor(options: SendOptions, limits: ExchangeLimits, line: NatsCallLine) {
    super(options, limits, line.forget)
    this.#line = line
    this.noteSent()
  }

  receive({ head, data, isUnanswerable }: NatsMessage): void {
    if (isUnanswerable) {
      this.fail(new TransportError('refused', 'no', 'No server answers for the service'))
      return
    }
    const part = readPart(head)
    const isBeginning = part?.kind === 'whole' || part?.kind === 'head'
    if (isBeginning && this.isAnswered) {
      this.#break(new TransportError('protocol', 'maybe', 'The answer begins twice'))
      return
    }
    switch (part?.kind) {
      case 'whole':
        this.begin(part.status, part.headers)
        this.push(data)
        this.end()
        break
      case 'head':
        this.#control = part.control
        this.begin(part.status, part.headers)
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

  onPressure(isHigh: boolean): void {
    this.#isPressed = isHigh
    this.#grant()
  }

  protected override abandon(): void {
    this.#line.leave(this.#control)
  }

  #continue({ kind, n }: Extract<AnswerPart, { n: number }>, data: Uint8Array): void {
    if (!this.isAnswered || n !== this.#nextPiece) {
      this.#break(new TransportError('reset', 'maybe', 'A piece of the answer is missing'))
    } else if (kind === 'end') {
      this.end()
    } else {
      this.#nextPiece++
      // Nothing but the window keeps a writer from filling the memory of a slow reader.
      if (++this.#ungranted > windowPieces) {
        this.#break(new TransportError('protocol', 'maybe', 'The answer comes faster than it is taken'))
        return
      }
      this.push(data)
      this.#grant()
    }
  }

  /** A quarter of the window at a time, and at once to a writer that may be waiting for it. */
  #grant(): void {
    if (this.#isPressed || this.#ungranted < windowPieces / 4 || this.#control === undefined) return
    this.#line.grant(this.#control, this.#ungranted)
    this.#ungranted = 0
  }

  #break(error: TransportError): void {
    this.fail(error)
    this.abandon()
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
