/** `items[0][price]` → `items`, `0`, `price`; `tags[]` → `tags` and an empty segment. What is no such name is one segment. */
export function splitName(name: string): readonly string[] {
  const start = name.indexOf('[')
  if (start <= 0 || !name.endsWith(']')) return [name]
  const segments = [name.slice(0, start)]
  for (let at = start; at < name.length;) {
    const end = name.indexOf(']', at)
    if (name[at] !== '[' || end < 0) return [name]
    segments.push(name.slice(at + 1, end))
    at = end + 1
  }
  return segments
}

/** Whether a name reaches for a prototype: `__proto__` anywhere, or `constructor` followed by `prototype`; dots divide as well. */
export function isPoisoned(segments: readonly string[]): boolean {
  const parts = segments.flatMap((segment) => segment.split(/[.[\]]+/))
  return parts.some(
    (part, index) => part === '__proto__' || (part === 'constructor' && parts[index + 1] === 'prototype'),
  )
}
