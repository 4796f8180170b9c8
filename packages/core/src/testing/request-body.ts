import { Readable } from 'node:stream'

/** The body of a request in a test, as it is sent. */
export interface RequestBody {
  readonly content: string | Buffer | Readable | undefined
  /** Its media type, where the test names none; undefined for what may be anything. */
  readonly type: string | undefined
}

/** Objects and arrays become JSON, `URLSearchParams` a form; text, bytes and streams stay as they are. */
export function requestBody(body: unknown): RequestBody {
  if (body === undefined || typeof body === 'string' || body instanceof Readable) {
    return { content: body, type: undefined }
  }
  if (body instanceof ArrayBuffer) return { content: Buffer.from(body), type: undefined }
  if (ArrayBuffer.isView(body)) {
    return { content: Buffer.from(body.buffer, body.byteOffset, body.byteLength), type: undefined }
  }
  if (body instanceof URLSearchParams) {
    return { content: body.toString(), type: 'application/x-www-form-urlencoded' }
  }
  return { content: JSON.stringify(body), type: 'application/json' }
}
