import { stateKey, type AppScope, type Context } from '../context/context.js'
import { MethodNotAllowedError, NotFoundError } from '../errors/http-error.js'
import type { Handler } from '../middleware/compose.js'
import { Result } from '../response/result.js'
import { baseRoute, useAppScope, type Route } from '../routing/compile-route.js'
import type { Found } from '../routing/route-tree.js'
import type { Router } from '../routing/router.js'

/** An app of an address, for what no route answers. */
export interface DispatchedApp {
  /** Replaced as a whole by a new configuration: a request keeps the one that it began with. */
  scope: AppScope
  /** Starts with `/`. */
  readonly prefix: string
  /** The middleware of server and app around a handler. */
  readonly wrap: (handler: Handler) => Handler
}

/** What an app answers below its prefix where no route is found. */
interface Fallback {
  readonly app: DispatchedApp
  readonly unrouted: Found<Route>
  /** For requests that cannot be routed: throws their {@link refusal}. */
  readonly refusing: Route
}

/** Why a request is refused before a route is looked for. */
export const refusal = stateKey<unknown>('refusal')

const noParams = {}

/** The routes of an address for requests that have none: with the middleware of the app whose prefix fits best. */
export class Fallbacks {
  readonly #router: Router<Route>
  /** The longest prefix first. */
  readonly #fallbacks: readonly Fallback[]

  constructor(apps: readonly DispatchedApp[], router: Router<Route>) {
    this.#router = router
    this.#fallbacks = apps
      .map((app) => ({
        app,
        unrouted: { route: fallbackRoute(app, (ctx) => this.#answer(ctx)), params: noParams },
        refusing: fallbackRoute(app, refuse),
      }))
      .sort((a, b) => b.app.prefix.length - a.app.prefix.length)
  }

  /** Answers what no route was found for. */
  unrouted(path: string): Found<Route> {
    return this.#at(path).unrouted
  }

  /** Throws what is left under {@link refusal} in the context. */
  refusing(path: string): Route {
    return this.#at(path).refusing
  }

  /** Takes the present scopes of the apps. */
  useAppScopes(): void {
    for (const { app, unrouted, refusing } of this.#fallbacks) {
      useAppScope(unrouted.route, app.scope)
      useAppScope(refusing, app.scope)
    }
  }

  #at(path: string): Fallback {
    const fitting = this.#fallbacks.find(
      ({ app: { prefix } }) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`),
    )
    return fitting ?? this.#fallbacks.at(-1)!
  }

  /** 204 with `Allow` for OPTIONS, 405 with `Allow` where other verbs are answered, 404 otherwise. */
  #answer(ctx: Context): Result {
    const isOptions = ctx.method === 'OPTIONS'
    if (isOptions && ctx.path === '*') return new Result(204, { kind: 'empty' })
    const allowed = this.#router.allowed(ctx.path)
    if (allowed.length === 0) throw new NotFoundError(`There is nothing at ${ctx.method} ${ctx.path}`)
    const allow = allowed.join(', ')
    if (isOptions) return new Result(204, { kind: 'empty' }).withHeader('allow', allow)
    throw new MethodNotAllowedError(`${ctx.method} is not allowed here`, { headers: { allow } })
  }
}

function refuse(ctx: Context): never {
  throw ctx.get(refusal)
}

function fallbackRoute(app: DispatchedApp, handler: Handler): Route {
  return {
    ...baseRoute(app.scope),
    verb: 'ALL',
    path: '*',
    segments: [],
    name: 'not found',
    site: '',
    isFallback: true,
    run: app.wrap(handler),
  }
}
