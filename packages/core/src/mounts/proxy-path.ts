import { BadRequestError } from '../errors/http-error.js'

/** How often a path may be escaped. Whoever wants more of it hides something. */
const maxEscapes = 3

export interface PathRules {
  /** Base path of the target, without a slash at the end; empty for none. */
  readonly base: string
  readonly stripPrefix: boolean
  readonly rewrite: ReadonlyMap<string, string>
}

/**
 * The path that the other server gets: as the client wrote it, apart from its beginning.
 * @param path  as received
 * @param prefix  where the mount is, with the app's prefix; `/` for the whole address
 * @throws BadRequestError  for what could lead out of the mount, however it is escaped
 */
export function proxyPath(path: string, prefix: string, { base, stripPrefix, rewrite }: PathRules): string {
  if (/[^!-~]/.test(path) || leadsOut(path)) throw new BadRequestError('The path must not lead out of where it begins')
  const below = stripPrefix && prefix !== '/' ? belowPrefix(path, prefix) : path
  for (const [from, to] of rewrite) {
    const start = withoutSlash(from)
    if (below === start || below.startsWith(`${start}/`))
      return `${base}${withoutSlash(to)}${below.slice(start.length)}` || '/'
  }
  return `${base}${below}` || '/'
}

/** Two escapes of the prefix are one path to the router, and would be two to the other server. */
function belowPrefix(path: string, prefix: string): string {
  if (path !== prefix && !path.startsWith(`${prefix}/`))
    throw new BadRequestError('The prefix of the path must not be escaped')
  return path.slice(prefix.length) || '/'
}

/** Whether some reading of the path has a segment `.` or `..`, also with parameters behind it, or a NUL. */
function leadsOut(path: string): boolean {
  let text = path
  for (let round = 0; round <= maxEscapes; round++) {
    if (text.includes('\0') || /(?:^|[\\/])\.{1,2}(?:[\\/;]|$)/.test(text)) return true
    const decoded = decode(text)
    if (decoded === text) return false
    text = decoded
  }
  return true
}

/** What does not decode is left as it is, as other servers do. */
function decode(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('latin1')
    }
  })
}

/** `/assets/` becomes `/assets`, and `/` nothing. */
export function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '')
}
