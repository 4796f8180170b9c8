import { TextDecoder } from 'node:util'

import type { CallResponse } from '../call.js'
import type { Reader } from './compile-reader.js'
import { parseResult, unreadable } from './call-result.js'
import { endMark, errorMark } from './stream-marks.js'

/** What to throw where the items of a stream end before its end. */
export interface StreamFailures {
  /** @param body  of the error that the callee met */
  answered(body: unknown): unknown
  /** @param cause  what broke the answer off, such as a TransportError, or what is wrong with it */
  broken(cause: unknown): unknown
}

/** Characters of the longest line that is read. */
const maxLineLength = 16 * 1024 * 1024

/** Of a stream whose caller says nothing else. */
export function plainFailures(what: string): StreamFailures {
  return { answered: () => unreadable(what, 'its source failed before its last item'), broken: (cause) => cause }
}

/** The items of a streamed answer, none before it is asked for. */
export async function* readItems(
  response: CallResponse,
  read: Reader | undefined,
  what: string,
  failures: StreamFailures,
): AsyncGenerator<unknown, void, undefined> {
  let failure: { readonly error: unknown } | undefined
  try {
    if (!read) {
      yield* response.chunks()
      return
    }
    for await (const lines of completeLines(response.chunks(), what)) {
      for (const line of lines) {
        if (line === endMark) return
        if (line.startsWith(errorMark)) {
          failure = { error: failures.answered(parseResult(line.slice(errorMark.length), what)) }
          break
        }
        yield read(parseResult(line, what))
      }
      if (failure) break
    }
  } catch (cause) {
    throw failures.broken(cause)
  }
  throw failure ? failure.error : failures.broken(unreadable(what, 'it ends before its last item'))
}

/** The lines that each chunk completes. What is behind the last of them is no line. */
async function* completeLines(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<readonly string[], void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let begun = ''
  for await (const chunk of chunks) {
    const [first, ...others] = decode(decoder, chunk, what).split('\n') as [string, ...string[]]
    begun += first
    if (others.length > 0) {
      const next = others.pop()!
      yield [begun, ...others]
      begun = next
    }
    if (begun.length > maxLineLength) throw unreadable(what, `an item has more than ${maxLineLength} characters`)
  }
}

/** A character may be in two chunks. */
function decode(decoder: TextDecoder, chunk: Uint8Array, what: string): string {
  try {
    return decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw unreadable(what, 'it is not valid UTF-8', cause)
  }
}
