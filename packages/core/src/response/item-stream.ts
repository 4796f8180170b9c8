import type { Context } from '../context/context.js'
import type { OutputPlan } from '../contract/operation.js'
import { printOutput } from '../contract/value-type.js'
import { isThenable } from '../promises/is-thenable.js'
import { compileSerializer, type Serializer } from './compile-serializer.js'
import { outputError } from './output-error.js'
import { refuse } from './serialize/misfit.js'
import { rootLabel } from './serialize/project.js'
import type { ChunkReader } from './stream-source.js'

/** How the items of a declared stream become the chunks of an answer. */
export interface StreamForm {
  /** Media type of the answer. */
  readonly type: string
  /** @param items  what the handler returned */
  readonly chunks: (ctx: Context, items: ChunkReader) => ChunkReader
}

export const bytesType = 'application/octet-stream'
/** One JSON text on each line. */
export const linesType = 'application/x-ndjson'

/** How an operation that declares a stream is answered; undefined for the others. */
export function streamForm({ type, isStream }: OutputPlan): StreamForm | undefined {
  if (!isStream) return undefined
  if (!type) return { type: bytesType, chunks: (_ctx, items) => items }
  const serializer = compileSerializer(type)
  return { type: linesType, chunks: (ctx, items) => new JsonLines(ctx, items, serializer) }
}

/** Instead of a serialiser where a stream is declared: whatever else is returned is not what callers read. */
export function streamOnly(output: OutputPlan): Serializer {
  const refuseData = (value: unknown) => refuse(value, rootLabel, printOutput(output))
  return { write: refuseData, project: refuseData }
}

/** A line of JSON for each item, at the pace of who reads. */
class JsonLines implements ChunkReader {
  readonly #ctx: Context
  readonly #items: ChunkReader
  readonly #serializer: Serializer

  constructor(ctx: Context, items: ChunkReader, serializer: Serializer) {
    this.#ctx = ctx
    this.#items = items
    this.#serializer = serializer
  }

  next(): Promise<IteratorResult<unknown, unknown>> | IteratorResult<unknown, unknown> {
    const step = this.#items.next()
    return isThenable(step) ? step.then((late) => this.#toLine(late)) : this.#toLine(step)
  }

  stop(): void {
    this.#items.stop()
  }

  #toLine(step: IteratorResult<unknown, unknown>): IteratorResult<unknown, unknown> {
    if (step.done) return step
    return { done: false, value: lineOf(this.#ctx, this.#serializer, step.value) }
  }
}

/** @throws LokstraError E_OUTPUT_VALUE and alike, which name the operation */
export function lineOf(ctx: Context, serializer: Serializer, item: unknown): string {
  try {
    return `${serializer.write(item) ?? 'null'}\n`
  } catch (error) {
    throw outputError(ctx, error)
  }
}
