import { createRequire } from 'node:module'
import type findMyWay from 'find-my-way'

import type { HttpVerb } from '../decorators/route.js'
import { maxParamLength, undecodable, type Found, type RouteTree } from './route-tree.js'

const require = createRequire(import.meta.url)

/** Loaded with the first route: 10 ms that a process without any does not spend. */
const load = () => require('find-my-way') as typeof findMyWay

type Tree = findMyWay.Instance<findMyWay.HTTPVersion.V1>

/** Shared: find-my-way keeps two objects more for each route that is added without. */
const noOptions = { constraints: {} }

/** The tree of find-my-way, which generates code for each route that is added. */
export class FindMyWayTree<R extends object> implements RouteTree<R> {
  #tree: Tree | undefined

  add(verb: HttpVerb, path: string, route: R): void {
    this.#tree ??= createTree()
    this.#tree.on(verb, path, noOptions, noHandler, route)
  }

  find(verb: string, path: string): Found<R> | typeof undecodable | undefined {
    const found = this.#tree?.find(verb as findMyWay.HTTPMethod, path)
    if (!found) return undefined
    return found.store === null ? undecodable : { route: found.store as R, params: found.params }
  }
}

/**
 * Refuses what find-my-way refuses of a parameter's pattern, in its words, also where no code may be generated: it judges the
 * pattern before it generates any.
 * @param pattern  with its parentheses
 * @throws Error
 */
export function assertPattern(name: string, pattern: string): void {
  try {
    createTree().on('GET', `/:${name}${pattern}`, noHandler)
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
  }
}

function createTree(): Tree {
  return load()({ ignoreTrailingSlash: true, maxParamLength, onBadUrl: () => undefined })
}

function noHandler(): void {
  // find-my-way asks for a handler; routes are kept in its store instead.
}
