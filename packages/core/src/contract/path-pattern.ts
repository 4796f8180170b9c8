/** One piece of a path. Several may share what stands between two slashes: `/:from-:to`. */
export type PathSegment =
  /** Text as it is, slashes included. */
  | { readonly kind: 'fixed'; readonly text: string }
  /** `:name`, `:name(pattern)`, or `:name?` at the end. */
  | {
      readonly kind: 'parameter'
      readonly name: string
      /** A regular expression with its parentheses. */
      readonly pattern: string | undefined
      readonly isOptional: boolean
    }
  /** `*`: the rest of the path. */
  | { readonly kind: 'wildcard' }

/** Joins prefixes and paths with single slashes; the result starts with `/` and has no slash at the end. */
export function joinPaths(...parts: readonly string[]): string {
  const joined = parts.map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '')
  return `/${joined.join('/')}`
}

/** Divides a path as find-my-way does: a name ends at `(`, `-`, `.` or `/`, and `::` is a colon. Mistakes are left in. */
export function parsePath(path: string): readonly PathSegment[] {
  const segments: PathSegment[] = []
  let text = ''
  const push = (segment: PathSegment) => {
    if (text !== '') segments.push({ kind: 'fixed', text })
    text = ''
    segments.push(segment)
  }
  for (let at = 0; at < path.length;) {
    if (path.startsWith('::', at)) {
      text += ':'
      at += 2
    } else if (path[at] === ':') {
      const [name] = /^[^(\-./]*/.exec(path.slice(at + 1))!
      at += 1 + name.length
      const pattern = path[at] === '(' ? path.slice(at, endOfPattern(path, at)) : undefined
      at += pattern?.length ?? 0
      const isOptional = name.endsWith('?')
      push({ kind: 'parameter', name: isOptional ? name.slice(0, -1) : name, pattern, isOptional })
    } else {
      if (path[at] === '*') push({ kind: 'wildcard' })
      else text += path[at]!
      at++
    }
  }
  if (text !== '') segments.push({ kind: 'fixed', text })
  // Kept for each route; an array that was pushed to has room for sixteen more.
  return segments.slice()
}

/** Names of the path's parameters in their order; `*` for a wildcard. */
export function parameterNames(segments: readonly PathSegment[]): readonly string[] {
  return segments.flatMap((segment) =>
    segment.kind === 'parameter' ? [segment.name] : segment.kind === 'wildcard' ? ['*'] : [],
  )
}

/** Index behind the parenthesis that closes the one at `start`, or of the end where there is none. */
function endOfPattern(path: string, start: number): number {
  let depth = 0
  for (let at = start; at < path.length; at++) {
    if (path[at] === '\\') at++
    else if (path[at] === '(') depth++
    else if (path[at] === ')' && --depth === 0) return at + 1
  }
  return path.length
}
