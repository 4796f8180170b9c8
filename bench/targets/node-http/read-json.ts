import type { IncomingMessage } from 'node:http'

import { bodyLimitBytes } from '../../sample/limits.js'

/** Reads a JSON body of a bounded size; calls one of the two functions, or neither when the client goes away. */
export function readJson(
  req: IncomingMessage,
  onValue: (value: unknown) => void,
  onRefusal: (status: 400 | 413 | 415 | 500) => void,
): void {
  if (!req.headers['content-type']?.startsWith('application/json')) return onRefusal(415)
  if (Number(req.headers['content-length'] ?? 0) > bodyLimitBytes) return onRefusal(413)
  const chunks: Buffer[] = []
  let length = 0
  req.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= bodyLimitBytes) chunks.push(chunk)
  })
  req.on('end', () => {
    if (length > bodyLimitBytes) return onRefusal(413)
    let value: unknown
    try {
      value = JSON.parse((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString())
    } catch {
      return onRefusal(400)
    }
    try {
      onValue(value)
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      onRefusal(500)
    }
  })
  req.on('error', () => undefined)
}
