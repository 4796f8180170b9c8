import bytes = require('bytes')
import ms = require('ms')

/** `500ms`, `30s`, `1.5h`; a plain number counts milliseconds. Undefined for anything else, also for what is below zero. */
export function parseDuration(text: string): number | undefined {
  if (!/^\d/.test(text) || text.length > 32) return undefined
  const milliseconds = ms(text as ms.StringValue) as number | undefined
  return milliseconds === undefined || !Number.isFinite(milliseconds) ? undefined : milliseconds
}

const sizeText = /^(\d+(?:\.\d+)?) ?(?:([kmgt])i?)?b?$/i

/** `512KiB`, `1MB`, `100b`, all 1024-based; a plain number counts bytes. Undefined for anything else, also for what is below zero. */
export function parseSize(text: string): number | undefined {
  const match = text.length > 32 ? null : sizeText.exec(text)
  if (!match) return undefined
  // The library knows `kb` but not `KiB`, and reads `12 apples` as 12: hence the grammar above.
  const size = bytes.parse(`${match[1]!}${match[2] ?? ''}b`)
  return size === null || !Number.isSafeInteger(size) ? undefined : size
}
