import type { CallResponse } from '../call.js'

/** An answer whose body has been read. */
export function bufferedResponse(
  { status, headers }: Pick<CallResponse, 'status' | 'headers'>,
  text: string,
): CallResponse {
  return {
    status,
    headers,
    text: () => Promise.resolve(text),
    async *chunks() {
      await Promise.resolve()
      if (text !== '') yield Buffer.from(text)
    },
  }
}
