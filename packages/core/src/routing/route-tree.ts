import type { HttpVerb } from '../decorators/route.js'

export interface Found<R> {
  readonly route: R
  /** Decoded, by name; `*` holds what a wildcard matched. Without a prototype that has names of its own. */
  readonly params: Readonly<Record<string, string | undefined>>
}

/** Instead of a route: the path holds an escape that does not decode. */
export const undecodable = Symbol('undecodable')

/** Longest path parameter that is matched, in characters. */
export const maxParamLength = 256

/**
 * Which route has which path. At each position fixed text goes before parameters and parameters before wildcards, whatever the
 * order of declaration; what leads nowhere is gone back from. A slash at the end does not matter.
 */
export interface RouteTree<R> {
  /** @throws Error whose message says why the path cannot be had */
  add(verb: HttpVerb, path: string, route: R): void
  find(verb: string, path: string): Found<R> | typeof undecodable | undefined
}
