import findMyWay, { type HTTPMethod, type Instance } from 'find-my-way'

import { httpVerbs, type HttpVerb } from '../decorators/route.js'
import { E_ROUTE_DUPLICATE, E_ROUTE_PATH, E_ROUTE_SHADOWED } from '../errors/catalogue/routing.js'
import { BadRequestError } from '../errors/http-error.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'

/** What a router needs to know of a route; the router gives the route back when its path is asked for. */
export interface Routable {
  readonly verb: HttpVerb | 'ALL'
  readonly path: string
  /** `TodoController.list`, for errors. */
  readonly name: string
  /** `file:line`, for errors. */
  readonly site: string
  /** A mount: answers what no operation answers, and does not count for `Allow`. */
  readonly isFallback: boolean
}

export interface Found<R> {
  readonly route: R
  readonly params: Readonly<Record<string, string | undefined>>
}

/** Longest path parameter that is matched, in characters. */
const maxParamLength = 256

/**
 * The routes of one address. A verb and a path give a route; what matches is decided by find-my-way: fixed text goes before
 * parameters, parameters before wildcards, whatever the order of declaration. A slash at the end does not matter.
 */
export class Router<R extends Routable> {
  readonly #tree: Instance<findMyWay.HTTPVersion.V1>
  readonly #verbs = new Set<HttpVerb>()

  /** Adds every mistake to `problems`; with mistakes the router is not fit for use. */
  constructor(routes: readonly R[], problems: LokstraError[]) {
    this.#tree = findMyWay({ ignoreTrailingSlash: true, maxParamLength, onBadUrl: () => undefined })
    const unique = refuseDuplicates(routes, problems)
    // Operations go first, so that those for every verb and mounts only take what is left.
    const byShape = new Set<string>()
    const rank = (route: R) => (route.isFallback ? 2 : route.verb === 'ALL' ? 1 : 0)
    const added: { route: R; verb: HttpVerb }[] = []
    for (const route of [...unique].sort((a, b) => rank(a) - rank(b))) {
      let reachable = false
      for (const verb of verbsOf(route)) {
        const shape = `${verb} ${shapeOf(route.path)}`
        if (byShape.has(shape)) continue
        byShape.add(shape)
        if (!this.#add(verb, route, problems)) break
        added.push({ route, verb })
        reachable = true
      }
      if (!reachable && route.verb === 'ALL' && !route.isFallback) reportShadowed(route, 'operations of each verb', problems)
    }
    for (const { route, verb } of added) this.#checkReachable(route, verb, problems)
  }

  /** @throws BadRequestError when the path holds an escape that does not decode */
  find(verb: string, path: string): Found<R> | undefined {
    const found = this.#tree.find(verb as HTTPMethod, path)
    if (found === null) return undefined
    if (found.store === null) throw new BadRequestError('The path holds an escape that cannot be decoded')
    return { route: found.store as R, params: found.params }
  }

  /** The verbs that operations answer at this path, HEAD and OPTIONS included; empty when there is no operation. */
  allowed(path: string): readonly string[] {
    const verbs = new Set<string>()
    for (const verb of this.#verbs) {
      const found = this.find(verb, path)
      if (!found || found.route.isFallback) continue
      verbs.add(verb)
      if (verb === 'GET') verbs.add('HEAD')
      verbs.add('OPTIONS')
    }
    return [...verbs].sort()
  }

  #add(verb: HttpVerb, route: R, problems: LokstraError[]): boolean {
    try {
      this.#tree.on(verb, route.path, noHandler, route)
      this.#verbs.add(verb)
      return true
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      problems.push(lokstraError(E_ROUTE_PATH, { path: route.path, reason }, route.site))
      return false
    }
  }

  /** Asks for a path made to fit the route and sees who answers. Patterns of a parameter cannot be made up; they are left out. */
  #checkReachable(route: R, verb: HttpVerb, problems: LokstraError[]): void {
    if (route.path.includes('(') || route.isFallback) return
    const sample = route.path.replace(/:[A-Za-z_]\w*\??/g, '~').replace('*', '~/~')
    const found = this.#tree.find(verb, sample)
    const by = found?.store as R | undefined
    if (by && by !== route) {
      const params = { route: `${verb} ${route.path} (${route.name})`, by: `${by.path} (${by.name})`, sample: `${verb} ${sample}` }
      problems.push(lokstraError(E_ROUTE_SHADOWED, params, [route.site, by.site]))
    }
  }
}

function noHandler(): void {
  // find-my-way asks for a handler; routes are kept in its store instead.
}

function verbsOf(route: Routable): readonly HttpVerb[] {
  if (route.verb === 'ALL') return httpVerbs
  // HEAD is answered by the GET route, without the body, unless it has an operation of its own.
  return route.verb === 'GET' ? ['GET', 'HEAD'] : [route.verb]
}

/** The path with its parameter names taken out: two routes of one shape are one route. */
function shapeOf(path: string): string {
  return path.replace(/:[A-Za-z_]\w*/g, ':').replace(/(.)\/$/, '$1')
}

function refuseDuplicates<R extends Routable>(routes: readonly R[], problems: LokstraError[]): readonly R[] {
  const byShape = new Map<string, R>()
  return routes.filter((route) => {
    const shape = `${route.verb} ${shapeOf(route.path)} ${route.isFallback ? 'mount' : ''}`
    const first = byShape.get(shape)
    if (!first) {
      byShape.set(shape, route)
      return true
    }
    const params = { verb: route.verb, path: route.path, first: first.name, second: route.name }
    problems.push(lokstraError(E_ROUTE_DUPLICATE, params, [first.site, route.site]))
    return false
  })
}

function reportShadowed(route: Routable, by: string, problems: LokstraError[]): void {
  const params = { route: `${route.verb} ${route.path} (${route.name})`, by, sample: route.path }
  problems.push(lokstraError(E_ROUTE_SHADOWED, params, route.site))
}
