import { isStreamAnswer, type CallHandler, type CallRequest, type CallResponse, type Logger } from '@lokstra/core'

import type { NatsLink, NatsMessage, NatsSubscription } from './nats-link.js'
import {
  answerHeader,
  requestHeader,
  pieceBytes,
  toSubjectPart,
  windowPieces,
  type AnswerPart,
  type CallHead,
  type ControlMessage,
} from './nats-protocol.js'

interface CallUnderWay {
  readonly controller: AbortController
  /** Pieces that may be sent. */
  credit: number
  /** Wakes the writer that waits for credit. */
  wake: (() => void) | undefined
}

/** Answers the calls of some services that come in over NATS. Of all servers that do, each call goes to one. */
export class NatsCallee {
  readonly #link: NatsLink
  readonly #handle: CallHandler
  readonly #streamIdleMs: number
  readonly #log: Logger
  readonly #calls = new Map<string, CallUnderWay>()
  readonly #answers = new Set<Promise<void>>()
  readonly #intakes: readonly NatsSubscription[]
  readonly #controls: readonly NatsSubscription[]
  readonly #control: string

  constructor(
    link: NatsLink,
    services: readonly string[],
    options: { subject: string; handle: CallHandler; streamIdleMs: number; log: Logger },
  ) {
    const { subject } = options
    this.#link = link
    this.#handle = options.handle
    this.#streamIdleMs = options.streamIdleMs
    this.#log = options.log
    this.#control = link.createInbox()
    const parts = services.map(toSubjectPart)
    const onControl = (message: NatsMessage): void => this.#onControl(message)
    this.#controls = [this.#control, ...parts.map((part) => `${subject}.cancel.${part}`)].map((from) =>
      link.subscribe(from, {}, onControl),
    )
    this.#intakes = parts.map((part) =>
      link.subscribe(`${subject}.calls.${part}`, { queue: 'calls', headerName: requestHeader }, (message) => {
        const answer = this.#answer(message).finally(() => this.#answers.delete(answer))
        this.#answers.add(answer)
      }),
    )
  }

  /** Takes no more calls; resolves when those under way have been answered. */
  async stop(): Promise<void> {
    await Promise.all(this.#intakes.map((intake) => intake.drain()))
    await Promise.all(this.#answers)
    for (const control of this.#controls) control.end()
  }

  /** Gives up the calls under way: nobody can be answered any more. */
  abort(): void {
    for (const call of this.#calls.values()) abort(call)
  }

  async #answer({ head, reply, data }: NatsMessage): Promise<void> {
    const request = readRequest(head, data)
    // Not a call: nobody can be told, and nobody is to be trusted.
    if (!request || reply === undefined) return
    const call: CallUnderWay = { controller: new AbortController(), credit: windowPieces, wake: undefined }
    const { signal } = call.controller
    this.#calls.set(reply, call)
    try {
      const response = await this.#handle(request, signal)
      if (!signal.aborted) await this.#send(reply, response, call)
    } catch (err) {
      if (signal.aborted) return
      this.#log.warn('NATS answer cut off', { target: request.target, err })
      this.#fail(reply)
    } finally {
      this.#calls.delete(reply)
    }
  }

  #fail(reply: string): void {
    try {
      this.#part(reply, { kind: 'failed' }, undefined)
    } catch {
      // Nothing goes out any more, which may be why it failed: its caller waits for as long as it has time.
    }
  }

  async #send(reply: string, response: CallResponse, call: CallUnderWay): Promise<void> {
    const { status, headers } = response
    if (isStreamAnswer(response)) {
      await this.#sendPieces(reply, { status, headers }, response.chunks(), call)
      return
    }
    const body = Buffer.from(await response.text())
    const whole: AnswerPart = { kind: 'whole', status, headers }
    const isShort = body.length <= this.#link.roomBeside(JSON.stringify(whole))
    if (isShort) this.#part(reply, whole, body)
    else await this.#sendPieces(reply, { status, headers }, [body], call)
  }

  async #sendPieces(
    reply: string,
    head: Pick<CallResponse, 'status' | 'headers'>,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    call: CallUnderWay,
  ): Promise<void> {
    const { signal } = call.controller
    this.#part(reply, { kind: 'head', ...head, control: this.#control }, undefined)
    let n = 0
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += pieceBytes) {
        if (call.credit === 0) await this.#untilCredit(call)
        // To leave the loop ends what makes the pieces.
        if (signal.aborted) return
        call.credit--
        this.#part(reply, { kind: 'piece', n: n++ }, chunk.subarray(from, from + pieceBytes))
      }
      if (signal.aborted) return
    }
    this.#part(reply, { kind: 'end', n }, undefined)
  }

  async #untilCredit(call: CallUnderWay): Promise<void> {
    const timer = setTimeout(() => abort(call), this.#streamIdleMs)
    await new Promise<void>((resolve) => (call.wake = resolve))
    clearTimeout(timer)
  }

  #onControl({ data }: NatsMessage): void {
    const message = readControl(data)
    const call = message && this.#calls.get(message.call)
    if (!call) return
    if (message.credit === undefined) {
      abort(call)
      return
    }
    call.credit = Math.min(windowPieces, call.credit + message.credit)
    call.wake?.()
  }

  #part(reply: string, part: AnswerPart, data: Uint8Array | undefined): void {
    this.#link.publish(reply, data, { header: [answerHeader, JSON.stringify(part)] })
  }
}

/** Its reader has left, or takes nothing. */
function abort(call: CallUnderWay): void {
  call.controller.abort()
  call.wake?.()
}

function readRequest(head: string | undefined, data: Uint8Array): CallRequest | undefined {
  try {
    const { verb, target, headers, hasBody } = JSON.parse(head ?? '') as CallHead
    const body = hasBody ? Buffer.from(data).toString('utf8') : undefined
    return { verb, target, headers, body }
  } catch {
    return undefined
  }
}

function readControl(data: Uint8Array): ControlMessage | undefined {
  try {
    const { call, credit } = JSON.parse(Buffer.from(data).toString('utf8')) as Record<string, unknown>
    if (typeof call !== 'string') return undefined
    return { call, credit: typeof credit === 'number' && credit > 0 ? Math.floor(credit) : undefined }
  } catch {
    return undefined
  }
}
