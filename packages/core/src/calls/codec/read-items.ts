import { TextDecoder } from 'node:util'

import type { CallResponse } from '../call-transport.js'
import type { Reader } from './compile-reader.js'
import { parseResult, unreadable } from './call-result.js'
import { endMark, errorMark } from './stream-marks.js'

/** What to throw where the items of a stream end before its end. */
export interface StreamFailures<R extends CallResponse = CallResponse> {
  /** @param body  of the error that the callee met */
  answered(body: unknown, response: R): unknown
  /** @param cause  what broke the answer off, such as a TransportError, or what is wrong with it */
  broken(cause: unknown, response: R): unknown
}

/** Characters of the longest line that is read. */
const maxLineLength = 16 * 1024 * 1024

/** Of a stream whose caller says nothing else. */
export function plainFailures(what: string): StreamFailures {
  return { answered: () => unreadable(what, 'its source failed before its last item'), broken: (cause) => cause }
}

/** The items of a streamed answer, none before it is asked for. */
export async function* readItems<R extends CallResponse>(
  response: R,
  read: Reader | undefined,
  what: string,
  failures: StreamFailures<R>,
): AsyncGenerator<unknown, void, undefined> {
  let end: End | undefined
  try {
    if (!read) {
      yield* response.chunks()
      return
    }
    // To the end of the body, which is near: its connection can be used again.
    for await (const lines of completeLines(response.chunks(), what)) {
      for (const line of lines) {
        if (end) throw unreadable(what, 'it goes on behind its end')
        end = endOf(line, what)
        if (!end) yield read(parseResult(line, what))
      }
    }
    if (!end) throw unreadable(what, 'it ends before its last item')
  } catch (cause) {
    // What is complete is not spoilt by what comes after it.
    if (!end) throw failures.broken(cause, response)
  }
  if (end && 'error' in end) throw failures.answered(end.error, response)
}

/** The items of a stream of another system: lines of JSON, whose end is that of the body. */
export async function* readPlainItems<R extends CallResponse>(
  response: R,
  read: Reader,
  what: string,
  failures: StreamFailures<R>,
): AsyncGenerator<unknown, void, undefined> {
  try {
    let rest = ''
    const onRest = (text: string): void => void (rest = text)
    for await (const lines of completeLines(response.chunks(), what, onRest)) {
      for (const line of lines) if (!isBlank(line)) yield read(parseResult(line, what))
    }
    if (!isBlank(rest)) yield read(parseResult(rest, what))
  } catch (cause) {
    throw failures.broken(cause, response)
  }
}

function isBlank(line: string): boolean {
  return line.trim() === ''
}

/** How a stream ended: with the body of an error, or without. */
type End = { readonly error: unknown } | { readonly isComplete: true }

/** Undefined for a line that is an item. */
function endOf(line: string, what: string): End | undefined {
  if (line === endMark) return { isComplete: true }
  return line.startsWith(errorMark) ? { error: parseResult(line.slice(errorMark.length), what) } : undefined
}

/**
 * The lines that each chunk completes. What is behind the last of them is no line.
 * @param onRest  is told of it when the body ends
 */
async function* completeLines(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  onRest?: (text: string) => void,
): AsyncGenerator<readonly string[], void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
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
  onRest?.(begun)
}

/** A character may be in two chunks. */
function decode(decoder: TextDecoder, chunk: Uint8Array, what: string): string {
  try {
    return decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw unreadable(what, 'it is not valid UTF-8', cause)
  }
}
