/** Escapes of what divides a URI, and of the percent sign: they must not take part in finding a route, only stand in parameters. */
const reserved = /%(?:2[3-6BCF]|3[ABDF]|40)/gi
const escapedPercent = /%25/g

/** A path with all escapes decoded but the {@link reserved} ones; undefined where one does not decode. */
export function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    // `decodeURI` leaves reserved escapes as they are, except that of the percent sign, which is escaped once more for it.
    return decodeURI(path.replace(escapedPercent, '%2525'))
  } catch {
    return undefined
  }
}

/** What a part of a decoded path says once its reserved escapes are decoded, too. */
export function decodePart(part: string): string {
  return part.includes('%') ? part.replace(reserved, decodeURIComponent) : part
}
