/**
 * Of a W3C baggage header the members with these keys, each with its properties; undefined where none is left.
 * @see https://www.w3.org/TR/baggage/
 */
export function filterBaggage(
  header: string | readonly string[] | undefined,
  keys: ReadonlySet<string>,
): string | undefined {
  if (header === undefined || keys.size === 0) return undefined
  const members = (typeof header === 'string' ? header : header.join(',')).split(',')
  const kept = members.map((member) => member.trim()).filter((member) => keys.has(keyOf(member)))
  return kept.length > 0 ? kept.join(',') : undefined
}

function keyOf(member: string): string {
  return member.slice(0, Math.max(0, member.indexOf('='))).trim()
}
