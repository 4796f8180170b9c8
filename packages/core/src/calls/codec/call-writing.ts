import type { Context, RouteScope } from '../../context/context.js'
import type { OutputPlan } from '../../contract/operation.js'
import { isThenable } from '../../promises/is-thenable.js'
import { compileExactSerializer, type Serializer } from '../../response/compile-serializer.js'
import { logFailure, toErrorPayload } from '../../response/error-payload.js'
import { bytesType, lineOf, linesType, streamOnly, type StreamForm } from '../../response/item-stream.js'
import type { ChunkReader } from '../../response/stream-source.js'
import { errorText } from './call-formatter.js'
import { endMark, errorMark } from './stream-marks.js'

/**
 * How the callee writes what an operation returns: exactly, since it is read again as what it is declared.
 * @param output  of a `callOperation`
 */
export function callWriting(output: OutputPlan): Pick<RouteScope, 'serializer' | 'streamForm'> {
  const { type, isStream } = output
  if (isStream) return { serializer: streamOnly(output), streamForm: callStream(output) }
  return { serializer: type && compileExactSerializer(type), streamForm: undefined }
}

function callStream({ type }: OutputPlan): StreamForm {
  if (!type) return { type: bytesType, chunks: (_ctx, items) => items }
  const serializer = compileExactSerializer(type)
  return { type: linesType, chunks: (ctx, items) => new CallLines(ctx, items, serializer) }
}

type Step = IteratorResult<unknown, unknown>

/** A line for each item and one for the end, which tells an error of the source as well. */
class CallLines implements ChunkReader {
  readonly #ctx: Context
  readonly #items: ChunkReader
  readonly #serializer: Serializer
  #hasBegun = false
  #isOver = false

  constructor(ctx: Context, items: ChunkReader, serializer: Serializer) {
    this.#ctx = ctx
    this.#items = items
    this.#serializer = serializer
  }

  next(): Promise<Step> | Step {
    if (this.#isOver) return { done: true, value: undefined }
    try {
      const step = this.#items.next()
      return isThenable(step) ? step.then(this.#toLine).catch(this.#toLastLine) : this.#toLine(step)
    } catch (error) {
      return this.#toLastLine(error)
    }
  }

  stop(): void {
    this.#items.stop()
  }

  readonly #toLine = (step: Step): Step => {
    if (step.done) this.#isOver = true
    const value = step.done ? `${endMark}\n` : lineOf(this.#ctx, this.#serializer, step.value)
    this.#hasBegun = true
    return { done: false, value }
  }

  /** @throws  the error itself where nothing has been sent: it is the answer then */
  readonly #toLastLine = (error: unknown): Step => {
    if (!this.#hasBegun) throw error
    this.#isOver = true
    this.#items.stop()
    const payload = toErrorPayload(this.#ctx, error)
    if (payload.status >= 500) logFailure(this.#ctx, error, 'stream failed')
    return { done: false, value: `${errorMark}${errorText(payload, error, this.#ctx)}\n` }
  }
}
