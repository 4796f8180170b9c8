/** The first whole members of a list in a header that have room in so many characters; undefined where not even one has. */
export function firstMembers(header: string, limit: number): string | undefined {
  if (header.length <= limit) return header
  const end = header.lastIndexOf(',', limit)
  return end > 0 ? header.slice(0, end).trimEnd() : undefined
}
