import type { ScalarType } from '../contract/value-type.js'

/** One item and the comma behind it, or the end: quoted, or all up to the comma. What only starts with a quote is neither. */
const item = /\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,"'][^,]*|)\s*(,|$)/y

/**
 * The items of a list that is written as text: `a, b`, or `[a, "b, c"]` as YAML has it. Quotes keep commas, brackets and spaces;
 * empty text is a list of none. Undefined where quotes do not match, or where nothing stands between two commas.
 */
export function splitListText(text: string): readonly string[] | undefined {
  const inner = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1] ?? text
  const items: string[] = []
  for (let at = 0; at < inner.length; at = item.lastIndex) {
    item.lastIndex = at
    const [, written, comma] = item.exec(inner) ?? []
    // One comma may stand behind the last item.
    if (written === '' && comma === '' && (items.length > 0 || inner.trim() === '')) break
    const value = written === undefined || written === '' ? undefined : unquote(written)
    if (value === undefined) return undefined
    items.push(value)
  }
  return items
}

function unquote(written: string): string | undefined {
  if (written.startsWith("'")) return written.slice(1, -1).replaceAll("''", "'")
  if (!written.startsWith('"')) return written.trimEnd()
  try {
    return JSON.parse(written) as string
  } catch {
    return undefined
  }
}

/** What must be written where a list of such items is asked for. */
export function describeList(element: ScalarType): string {
  switch (element.kind) {
    case 'number':
      return 'a list of numbers, such as 1, 2'
    case 'bigint':
      return 'a list of integers, such as 1, 2'
    case 'boolean':
      return 'a list of booleans, such as true, false'
    case 'duration':
      return 'a list of durations, such as 500ms, 30s'
    case 'size':
      return 'a list of sizes, such as 512KiB, 1MiB'
    case 'date':
      return 'a list of ISO 8601 dates, such as 2030-01-01, 2030-12-31'
    case 'enum':
      return `a list of any of ${element.values.join(', ')}`
    case 'string':
    case 'any':
      return 'a list of strings, such as a, b'
  }
}
