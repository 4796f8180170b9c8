import { parameterNames } from '../contract/path-pattern.js'
import { E_ROUTE_DUPLICATE, E_ROUTE_SHADOWED } from '../errors/catalogue/routing.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { shapesOf, type Entry, type Routable } from './route-entries.js'

/** What a tree would accept, and answer in ways that surprise. */
export function findPathMistake({ path, segments }: Routable): string | undefined {
  const names = parameterNames(segments).filter((name) => name !== '*')
  const unnamed = names.find((name) => !/^\w+$/.test(name))
  if (unnamed !== undefined) return `"${unnamed}" is no name of a parameter; names are letters, digits and _`
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) return `the parameter "${repeated}" occurs twice`
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]
    if (segment.kind === 'wildcard' && next) return 'a wildcard stands before the end'
    if (segment.kind !== 'parameter') continue
    if (segment.isOptional && !/\/:[^/]*$/.test(path))
      return 'an optional parameter must be the last segment of the path'
    if (segment.pattern !== undefined && next?.kind === 'fixed' && next.text.startsWith('?')) {
      return `the parameter "${segment.name}" has a pattern, so it cannot be optional`
    }
    const isShared = next?.kind !== 'fixed' || !next.text.includes('/')
    const last = next?.kind === 'fixed' ? segments[index + 2] : next
    if (isShared && last?.kind === 'wildcard') return 'a wildcard must follow a slash where a parameter precedes it'
  }
  return undefined
}

/** The routes without those that another one declares already. */
export function refuseDuplicates<R extends Routable>(routes: readonly R[], problems: LokstraError[]): readonly R[] {
  const byShape = new Map<string, R>()
  return routes.filter((route) => {
    const shapes = shapesOf(route.isFallback ? 'mount' : route.verb, route)
    const first = shapes.map((shape) => byShape.get(shape)).find((other) => other !== undefined)
    if (first) reportDuplicate(first, route, problems)
    else for (const shape of shapes) byShape.set(shape, route)
    return first === undefined
  })
}

export function reportDuplicate(first: Routable, second: Routable, problems: LokstraError[]): void {
  const isOfTwoApps = first.app?.name !== second.app?.name
  const describe = ({ name, app }: Routable) => (isOfTwoApps && app ? `${name} of the app ${app.name}` : name)
  const params = { verb: second.verb, path: second.path, first: describe(first), second: describe(second) }
  problems.push(lokstraError(E_ROUTE_DUPLICATE, params, [first.site, second.site]))
}

/** `@All` on a path whose every verb has an operation of its own. */
export function reportUnreached<R extends Routable>(
  routes: readonly R[],
  added: readonly Entry<R>[],
  problems: LokstraError[],
): void {
  const reached = new Set(added.map(({ route }) => route))
  for (const route of routes) {
    if (route.verb !== 'ALL' || route.isFallback || reached.has(route)) continue
    const params = { route: `ALL ${route.path} (${route.name})`, by: 'operations of each verb', sample: route.path }
    problems.push(lokstraError(E_ROUTE_SHADOWED, params, route.site))
  }
}
