import { readHandlerRecords, readOperationRecords } from '../decorators/route.js'
import { E_APP_UNKNOWN } from '../errors/catalogue/routing.js'
import { closest, didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { MiddlewareLevel } from '../middleware/compose.js'
import type { PathSegment } from '../contract/path-pattern.js'
import type { Route } from '../routing/compile-route.js'
import { PlainTree } from '../routing/plain-tree.js'
import { Router } from '../routing/router.js'
import type { Assembly } from './assemble.js'

/** Middleware, and what brought it there. */
export interface AttachedMiddleware {
  readonly name: string
  readonly level: MiddlewareLevel
  /** `file:line` of the configuration or of the decorator. */
  readonly where: string
}

/** A route, for tools. */
export interface ExplainedRoute {
  readonly app: string
  readonly verb: string
  readonly path: string
  /** `TodoController.show`, or what a mount says of itself. */
  readonly handler: string
  /** `file:line` of what placed it: a decorator, or a line of the configuration. */
  readonly where: string
  /** `file:line` of the decorator of its method; undefined for a mount. */
  readonly declaredAt: string | undefined
}

/** What becomes of a request at one address. */
export interface RouteExplanation {
  /** Names of the apps that share it. */
  readonly apps: readonly string[]
  /** As configured, such as `:3000`. */
  readonly listen: string
  /** `wrong-verb` is answered with 405, `not-found` with 404, `bad-path` with 400. */
  readonly outcome: 'answered' | 'wrong-verb' | 'not-found' | 'bad-path'
  /** Undefined unless it is answered. */
  readonly route:
    | (ExplainedRoute & {
        /** Decoded, by name; `*` for a wildcard. */
        readonly parameters: Readonly<Record<string, string>>
        /** Outermost first. */
        readonly middleware: readonly AttachedMiddleware[]
        /** Milliseconds; 0 for no limit. */
        readonly handlerTimeoutMs: number
      })
    | undefined
  /** Routes of the same verb that match as well, and come after it. */
  readonly shadowed: readonly ExplainedRoute[]
  /** Routes of the path for other verbs; mounts do not count. */
  readonly otherVerbs: readonly ExplainedRoute[]
  /** Of the route whose path resembles the one asked for most; undefined when it is answered, or nothing comes near. */
  readonly similar: ExplainedRoute | undefined
}

/** @throws E_APP_UNKNOWN */
export function explainRoute(
  { apps, listeners }: Assembly,
  verb: string,
  path: string,
  app: string | undefined,
): readonly RouteExplanation[] {
  const names = apps.map(({ scope }) => scope.name)
  if (app !== undefined && !names.includes(app)) {
    throw lokstraError(E_APP_UNKNOWN, { app, hint: didYouMean(app, names) })
  }
  return listeners
    .filter((listener) => app === undefined || listener.apps.some(({ scope }) => scope.name === app))
    .map((listener) => {
      const sharing = apps.filter((one) => listener.apps.includes(one))
      const routes = sharing.flatMap((one) => one.routes)
      const at = { apps: sharing.map(({ scope }) => scope.name), listen: sharing[0]!.listen }
      return { ...at, ...explainAt(listener.router, routes, verb, path) }
    })
}

function explainAt(
  router: Router<Route>,
  routes: readonly Route[],
  verb: string,
  path: string,
): Omit<RouteExplanation, 'apps' | 'listen'> {
  const none = { route: undefined, shadowed: [], otherVerbs: [], similar: undefined }
  let found: ReturnType<Router<Route>['find']>
  try {
    found = router.find(verb, path)
  } catch {
    return { outcome: 'bad-path', ...none }
  }
  const matching = routes.filter((route) => route !== found?.route && matches(route, path))
  const ofVerb = (route: Route) =>
    route.verb === verb || route.verb === 'ALL' || (verb === 'HEAD' && route.verb === 'GET')
  const others = {
    shadowed: matching.filter(ofVerb).map(summarize),
    otherVerbs: matching.filter((route) => !route.isFallback && !ofVerb(route)).map(summarize),
  }
  if (!found) {
    const outcome = router.allowed(path).length > 0 ? 'wrong-verb' : 'not-found'
    return { outcome, ...none, ...others, similar: others.otherVerbs.length > 0 ? undefined : similar(routes, path) }
  }
  const { route, params } = found
  const parameters = Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return {
    outcome: 'answered',
    route: {
      ...summarize(route),
      parameters,
      middleware: route.middleware.map(({ name, level, where }) => ({ name, level, where })),
      handlerTimeoutMs: route.handlerTimeoutMs,
    },
    ...others,
    similar: undefined,
  }
}

/** Whether it would have the path if it were alone. */
function matches(route: Route, path: string): boolean {
  const alone = new Router([route], [], new PlainTree())
  return alone.find(route.verb === 'ALL' ? 'GET' : route.verb, path) !== undefined
}

/** With the parameters filled in from the path, so that only fixed text makes a difference. */
function similar(routes: readonly Route[], path: string): ExplainedRoute | undefined {
  const pieces = path.split('/')
  const byPath = new Map<string, Route>()
  for (const route of routes) if (!route.isFallback) byPath.set(fill(route.segments, pieces), route)
  const nearest = closest(path, byPath.keys())
  const route = nearest === undefined ? undefined : byPath.get(nearest)
  return route && summarize(route)
}

function fill(segments: readonly PathSegment[], pieces: readonly string[]): string {
  let filled = ''
  for (const segment of segments) {
    filled += segment.kind === 'fixed' ? segment.text : (pieces[filled.split('/').length - 1] ?? '')
  }
  return filled
}

function summarize({ app, verb, path, name, site, operation }: Route): ExplainedRoute {
  const records = operation
    ? [...readOperationRecords(operation.controller), ...readHandlerRecords(operation.controller)]
    : []
  const declaredAt = records.find(({ method }) => method === operation?.method)?.site.toString()
  return { app: app.name, verb, path, handler: name, where: site, declaredAt }
}
