import { canGenerateCode } from '../codegen/program.js'
import { parameterNames, type PathSegment } from '../contract/path-pattern.js'
import { httpVerbs, type HttpVerb } from '../decorators/route.js'
import { E_ROUTE_DUPLICATE, E_ROUTE_PATH, E_ROUTE_SHADOWED } from '../errors/catalogue/routing.js'
import { BadRequestError } from '../errors/http-error.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import { FindMyWayTree } from './find-my-way-tree.js'
import { PlainTree } from './plain-tree.js'
import { undecodable, type Found, type RouteTree } from './route-tree.js'

/** What a router needs to know of a route; the router gives the route back when its path is asked for. */
export interface Routable {
  readonly verb: HttpVerb | 'ALL'
  readonly path: string
  readonly segments: readonly PathSegment[]
  /** `TodoController.list`, for errors. */
  readonly name: string
  /** `file:line`, for errors. */
  readonly site: string
  /** Answers what no operation answers, and does not count for `Allow`. */
  readonly isMount: boolean
  /** The app that it belongs to, for errors. */
  readonly app?: { readonly name: string }
}

/** Of every request to a path of fixed text. */
const noParams: Found<unknown>['params'] = Object.freeze({})

/** The routes of one address. A verb and a path give a route; what matches is decided by its tree: see {@link RouteTree}. */
export class Router<R extends Routable> {
  readonly #tree: RouteTree<R>
  readonly #verbs = new Set<HttpVerb>()
  /** What the tree answers for the paths of fixed text, by verb and path: 10 ns instead of 35, and nothing allocated. */
  readonly #fixed = new Map<string, Map<string, Found<R>>>()
  readonly #fixedLengths = new Set<number>()
  /** Where HEAD is looked up: with GET, unless a route is for HEAD alone. A verb costs a kilobyte and 50 µs of starting for each route. */
  readonly #verbOfHead: 'GET' | 'HEAD'

  /** Adds every mistake to `problems`; with mistakes the router is not fit for use. */
  constructor(
    routes: readonly R[],
    problems: LokstraError[],
    tree: RouteTree<R> = canGenerateCode ? new FindMyWayTree() : new PlainTree(),
  ) {
    this.#tree = tree
    const byShape = new Map<string, R>()
    const added: Entry<R>[] = []
    const unique = refuseDuplicates(routes, problems)
    this.#verbOfHead = unique.some(({ verb }) => verb === 'HEAD') ? 'HEAD' : 'GET'
    for (const entry of entriesOf(unique)) {
      if (entry.verb === 'HEAD' && this.#verbOfHead === 'GET') continue
      const shapes = shapesOf(entry.verb, entry.route)
      const others = shapes.map((shape) => byShape.get(shape)).filter((other) => other !== undefined)
      if (others.length === 0) {
        this.#add(entry, problems)
        for (const shape of shapes) byShape.set(shape, entry.route)
        added.push(entry)
      } else if (others.length < shapes.length) {
        reportDuplicate(others[0]!, entry.route, problems)
      }
    }
    for (const { route, verb, rank } of added) if (rank === Rank.Explicit) this.#checkReachable(route, verb, problems)
    reportUnreached(unique, added, problems)
    for (const { verb, route } of added) this.#rememberFixed(verb, route)
    this.#fixed.set('HEAD', this.#fixed.get(this.#verbOfHead) ?? new Map<string, Found<R>>())
  }

  /** @throws BadRequestError when the path holds an escape that does not decode */
  find(verb: string, path: string): Found<R> | undefined {
    // A map has to hash the path first, which for a path with parameters would be in vain.
    const found = this.#fixedLengths.has(path.length) ? this.#fixed.get(verb)?.get(path) : undefined
    return found ?? this.#findInTree(verb, path)
  }

  #findInTree(verb: string, path: string): Found<R> | undefined {
    const found = this.#tree.find(verb === 'HEAD' ? this.#verbOfHead : verb, path)
    if (found === undecodable) throw new BadRequestError('The path holds an escape that cannot be decoded')
    return found
  }

  /** The verbs that operations answer at this path, HEAD and OPTIONS included; empty when there is no operation. */
  allowed(path: string): readonly string[] {
    const verbs = new Set<string>()
    for (const verb of this.#verbs) {
      const found = this.find(verb, path)
      if (!found || found.route.isMount) continue
      verbs.add(verb)
      if (verb === 'GET') verbs.add('HEAD')
      verbs.add('OPTIONS')
    }
    return [...verbs].sort()
  }

  /** Asks the tree, so that a path has one answer wherever it is looked up: a path with an escape may be that of another route. */
  #rememberFixed(verb: HttpVerb, route: R): void {
    const { segments } = route
    if (segments.some(({ kind }) => kind !== 'fixed')) return
    const path = segments.map(samplePart).join('')
    let paths = this.#fixed.get(verb)
    if (!paths) this.#fixed.set(verb, (paths = new Map<string, Found<R>>()))
    for (const spelling of [path, path.endsWith('/') ? path.slice(0, -1) : `${path}/`]) {
      if (this.#routeAt(verb, spelling) !== route) continue
      paths.set(spelling, { route, params: noParams })
      this.#fixedLengths.add(spelling.length)
    }
  }

  #routeAt(verb: HttpVerb, path: string): R | undefined {
    const found = this.#tree.find(verb, path)
    return found === undecodable ? undefined : found?.route
  }

  #add({ verb, route }: Entry<R>, problems: LokstraError[]): void {
    let reason = findPathMistake(route)
    try {
      if (reason === undefined) this.#tree.add(verb, route.path, route)
      this.#verbs.add(verb)
    } catch (error) {
      reason = reasonOf(error)
    }
    if (reason !== undefined) problems.push(lokstraError(E_ROUTE_PATH, { path: route.path, reason }, route.site))
  }

  /** Asks for a path made to fit the route and sees who answers. Patterns of a parameter cannot be made up; they are left out. */
  #checkReachable(route: R, verb: HttpVerb, problems: LokstraError[]): void {
    const { segments } = route
    if (segments.some((segment) => segment.kind === 'parameter' && segment.pattern !== undefined)) return
    const sample = segments.map(samplePart).join('')
    const by = this.#routeAt(verb, sample)
    if (by && by !== route) {
      const params = {
        route: `${verb} ${route.path} (${route.name})`,
        by: `${by.path} (${by.name})`,
        sample: `${verb} ${sample}`,
      }
      problems.push(lokstraError(E_ROUTE_SHADOWED, params, [route.site, by.site]))
    }
  }
}

/** What a tree would accept, and answer in ways that surprise. */
function findPathMistake({ path, segments }: Routable): string | undefined {
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

/** A text that a segment without a pattern matches. */
function samplePart(segment: PathSegment): string {
  return segment.kind === 'fixed' ? segment.text : segment.kind === 'parameter' ? '~' : '~/~'
}

/** Which route a verb and path are given to when several could have them: the lowest goes first. */
const Rank = { Explicit: 0, HeadOfGet: 1, All: 2, Mount: 3 } as const

/** One verb of a route. */
interface Entry<R> {
  readonly route: R
  readonly verb: HttpVerb
  readonly rank: (typeof Rank)[keyof typeof Rank]
}

function entriesOf<R extends Routable>(routes: readonly R[]): readonly Entry<R>[] {
  return routes.flatMap(verbsOf).sort((a, b) => a.rank - b.rank)
}

function verbsOf<R extends Routable>(route: R): readonly Entry<R>[] {
  const verbs = route.verb === 'ALL' ? httpVerbs : [route.verb]
  const rank = route.isMount ? Rank.Mount : route.verb === 'ALL' ? Rank.All : Rank.Explicit
  const entries: Entry<R>[] = verbs.map((verb) => ({ route, verb, rank }))
  // HEAD is answered by the GET route, without the body, unless it has an operation of its own.
  if (route.verb === 'GET') entries.push({ route, verb: 'HEAD', rank: route.isMount ? Rank.Mount : Rank.HeadOfGet })
  return entries
}

/** Verb and path with the parameter names taken out: two routes of one shape are one route. An optional parameter has two shapes. */
function shapesOf(verb: string, { segments }: Routable): readonly string[] {
  const shape = segments.map(shapePart).join('')
  const last = segments.at(-1)
  const shapes = last?.kind === 'parameter' && last.isOptional ? [shape, shape.replace(/\/[^/]*$/, '') || '/'] : [shape]
  return shapes.map((one) => `${verb} ${one}`)
}

function shapePart(segment: PathSegment): string {
  // A colon of the text is written as in paths, so that it is no parameter.
  if (segment.kind === 'fixed') return segment.text.replaceAll(':', '::')
  return segment.kind === 'wildcard' ? '*' : `:${segment.pattern ?? ''}`
}

function refuseDuplicates<R extends Routable>(routes: readonly R[], problems: LokstraError[]): readonly R[] {
  const byShape = new Map<string, R>()
  return routes.filter((route) => {
    const shapes = shapesOf(route.isMount ? 'mount' : route.verb, route)
    const first = shapes.map((shape) => byShape.get(shape)).find((other) => other !== undefined)
    if (first) reportDuplicate(first, route, problems)
    else for (const shape of shapes) byShape.set(shape, route)
    return first === undefined
  })
}

function reportDuplicate(first: Routable, second: Routable, problems: LokstraError[]): void {
  const isOfTwoApps = first.app?.name !== second.app?.name
  const describe = ({ name, app }: Routable) => (isOfTwoApps && app ? `${name} of the app ${app.name}` : name)
  const params = { verb: second.verb, path: second.path, first: describe(first), second: describe(second) }
  problems.push(lokstraError(E_ROUTE_DUPLICATE, params, [first.site, second.site]))
}

/** `@All` on a path whose every verb has an operation of its own. */
function reportUnreached<R extends Routable>(
  routes: readonly R[],
  added: readonly Entry<R>[],
  problems: LokstraError[],
): void {
  const reached = new Set(added.map(({ route }) => route))
  for (const route of routes) {
    if (route.verb !== 'ALL' || route.isMount || reached.has(route)) continue
    const params = { route: `ALL ${route.path} (${route.name})`, by: 'operations of each verb', sample: route.path }
    problems.push(lokstraError(E_ROUTE_SHADOWED, params, route.site))
  }
}
