import type { PathSegment } from '../contract/path-pattern.js'
import { httpVerbs, type HttpVerb } from '../decorators/route.js'

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
  readonly isFallback: boolean
  /** The app that it belongs to, for errors. */
  readonly app?: { readonly name: string }
}

/** Which route a verb and path are given to when several could have them: the lowest goes first. */
export const Rank = { Explicit: 0, HeadOfGet: 1, All: 2, Fallback: 3 } as const

/** One verb of a route. */
export interface Entry<R> {
  readonly route: R
  readonly verb: HttpVerb
  readonly rank: (typeof Rank)[keyof typeof Rank]
}

/** Every verb of every route, in the order in which they are added. */
export function entriesOf<R extends Routable>(routes: readonly R[]): readonly Entry<R>[] {
  return routes.flatMap(verbsOf).sort((a, b) => a.rank - b.rank)
}

function verbsOf<R extends Routable>(route: R): readonly Entry<R>[] {
  const verbs = route.verb === 'ALL' ? httpVerbs : [route.verb]
  const rank = route.isFallback ? Rank.Fallback : route.verb === 'ALL' ? Rank.All : Rank.Explicit
  const entries: Entry<R>[] = verbs.map((verb) => ({ route, verb, rank }))
  // HEAD is answered by the GET route, without the body, unless it has an operation of its own.
  if (route.verb === 'GET')
    entries.push({ route, verb: 'HEAD', rank: route.isFallback ? Rank.Fallback : Rank.HeadOfGet })
  return entries
}

/** Verb and path with the parameter names taken out: two routes of one shape are one route. An optional parameter has two shapes. */
export function shapesOf(verb: string, { segments }: Routable): readonly string[] {
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
