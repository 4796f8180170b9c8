import { Readable } from 'node:stream'

import { E_STREAM_CHUNK, E_STREAM_SOURCE } from '../errors/catalogue/response.js'
import { lokstraError } from '../errors/lokstra-error.js'

/** A source of chunks that can be given up at any time, also while a chunk is awaited. */
export interface ChunkReader {
  next(): Promise<IteratorResult<unknown, unknown>> | IteratorResult<unknown, unknown>
  /** Releases what the source holds. Never throws. */
  stop(): void
}

export function isStream(value: object): boolean {
  // Node's streams and those of the web are iterable as well.
  return Symbol.asyncIterator in value
}

/** @throws E_STREAM_SOURCE */
export function readChunks(source: unknown): ChunkReader {
  if (source instanceof Readable) return readReadable(source)
  if (source instanceof ReadableStream) return readWebStream(source)
  if (typeof source === 'object' && source !== null) {
    const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = source as Partial<
      AsyncIterable<unknown> & Iterable<unknown>
    >
    const iterator = async?.call(source) ?? sync?.call(source)
    if (iterator !== undefined) return readIterator(iterator)
  }
  // A text is iterable too, one character at a time, which nobody wants.
  if (typeof source === 'string') return readIterator([source][Symbol.iterator]())
  throw lokstraError(E_STREAM_SOURCE, { received: describe(source) })
}

/** Releases a stream that will not be sent. */
export function abandonStream(source: unknown): void {
  try {
    readChunks(source).stop()
  } catch {
    // There is nothing to release in what is no stream.
  }
}

/** @throws E_STREAM_CHUNK unless it is text or bytes */
export function assertChunk(chunk: unknown): asserts chunk is string | Uint8Array {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return
  throw lokstraError(E_STREAM_CHUNK, { received: describe(chunk) })
}

/** Its iterator's `return()` waits for the chunk under way, which may never come; `destroy` does not. */
function readReadable(source: Readable): ChunkReader {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<unknown>
  // The iterator reports errors. One that comes after it has ended would have no listener, and end the process.
  source.on('error', () => undefined)
  return { next: () => iterator.next(), stop: () => source.destroy() }
}

function readWebStream(source: ReadableStream<unknown>): ChunkReader {
  const reader = source.getReader()
  return {
    next: async () => {
      const { done, value } = await reader.read()
      return { done, value }
    },
    stop: () => void reader.cancel().catch(() => undefined),
  }
}

function readIterator(iterator: AsyncIterator<unknown> | Iterator<unknown>): ChunkReader {
  return {
    next: () => iterator.next(),
    stop: () => {
      try {
        void Promise.resolve(iterator.return?.()).catch(() => undefined)
      } catch {
        // The client has gone: nobody is left to tell.
      }
    },
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}
