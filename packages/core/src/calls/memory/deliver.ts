import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import lightMyRequest, { type InjectOptions } from 'light-my-request'

import { TransportError, type CallRequest, type CallResponse, type SendOptions } from '../call.js'

/**
 * Hands one call to a request listener without a socket.
 * @param prepare  sees the request before the listener does
 * @throws TransportError
 */
export async function deliver(
  handle: RequestListener,
  { verb, target, headers, body }: CallRequest,
  { signal, timeoutMs }: SendOptions,
  prepare: (req: IncomingMessage) => void = () => undefined,
): Promise<CallResponse> {
  let taken: ServerResponse | undefined
  let failure: TransportError | undefined
  const fail = (error: TransportError) => {
    failure ??= error
    // Whoever has given up may not read what there is.
    release()
    taken?.destroy()
  }
  const onAbort = () => fail(new TransportError('aborted', 'maybe', 'The caller gave up', { cause: signal?.reason }))
  if (signal?.aborted) throw new TransportError('aborted', 'no', 'The caller gave up', { cause: signal.reason })
  signal?.addEventListener('abort', onAbort, { once: true })
  const late = () => fail(new TransportError('timeout', 'maybe', `No answer within ${Math.round(timeoutMs)} ms`))
  const timer = setTimeout(late, timeoutMs)
  const release = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  try {
    const answer = await lightMyRequest(
      (req, res) => {
        taken = res
        // Its own reading of the target would take dots and escapes for what they are not.
        req.url = target
        prepare(req)
        handle(req, taken)
      },
      {
        method: verb as NonNullable<InjectOptions['method']>,
        url: '/',
        headers: { ...headers },
        payloadAsStream: true,
        ...(body === undefined ? {} : { payload: body }),
      },
    )
    return answerOf(answer, {
      failure: () => failure,
      release,
      endTime: () => clearTimeout(timer),
      abandon: () => taken?.destroy(),
    })
  } catch (error) {
    release()
    throw failure ?? new TransportError('reset', 'maybe', 'The answer was cut off', { cause: error })
  }
}

function answerOf(
  answer: { readonly statusCode: number; readonly headers: object; stream(): Readable },
  { failure, release, endTime, abandon }: AnswerControls,
): CallResponse {
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let isComplete = false
    try {
      yield* answer.stream() as AsyncIterable<Uint8Array>
      isComplete = true
    } catch (error) {
      throw failure() ?? new TransportError('reset', 'maybe', 'The answer was cut off', { cause: error })
    } finally {
      release()
      if (!isComplete) abandon()
    }
  }
  const headers = Object.entries(answer.headers as Record<string, string | string[] | undefined>)
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(
      headers.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    async text() {
      const whole: Uint8Array[] = []
      for await (const piece of pieces()) whole.push(piece)
      return Buffer.concat(whole).toString('utf8')
    },
    async *chunks() {
      endTime()
      yield* pieces()
    },
  }
}

interface AnswerControls {
  /** Why it was cut off from this side. */
  readonly failure: () => TransportError | undefined
  /** It is over. */
  readonly release: () => void
  /** Its head was all that had to come in time. */
  readonly endTime: () => void
  /** Nobody wants the rest. */
  readonly abandon: () => void
}
