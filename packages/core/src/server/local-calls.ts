import type { RequestListener } from 'node:http'

import type { CallResponse, CallTransport } from '../calls/call-transport.js'
import { MemoryTransport } from '../calls/memory/memory-transport.js'
import { LimitsConfig } from '../config/classes/server-config.js'
import { compileRoute, type Route } from '../routing/compile-route.js'
import { Router } from '../routing/router.js'
import type { CallRuntime } from './call-runtime.js'
import { Dispatcher } from './dispatcher.js'

/** Calls of services of this very process, behind checked boundaries: like those of other servers, on routes of their own, but without a socket. */
export class LocalCalls {
  readonly #routesOf: (service: string) => readonly Route[]
  readonly #runtime: CallRuntime
  readonly #handles = new Map<string, RequestListener>()
  readonly #memory = new MemoryTransport((service) => this.#handleFor(service), new LimitsConfig().headers)

  /** @param routesOf  what answers the calls of a service */
  constructor(routesOf: (service: string) => readonly Route[], runtime: CallRuntime) {
    this.#routesOf = routesOf
    this.#runtime = runtime
  }

  get transport(): CallTransport {
    return this.#memory
  }

  /** What an operation failed with; undefined for those of other servers. */
  failureOf(response: CallResponse): unknown {
    return this.#memory.failureOf(response)
  }

  /** Made with the first call: the service has started by then. */
  #handleFor(service: string): RequestListener {
    let handle = this.#handles.get(service)
    if (!handle) this.#handles.set(service, (handle = this.#compile(this.#routesOf(service))))
    return handle
  }

  #compile(routes: readonly Route[]): RequestListener {
    const log = this.#runtime.log().child({ app: 'calls' })
    for (const route of routes) {
      route.app = { ...route.app, log }
      compileRoute(route, this.#runtime.container)
    }
    const scope = routes[0]!.app
    const { handle } = new Dispatcher({
      apps: [{ scope, prefix: '/', wrap: (handler) => handler }],
      router: new Router<Route>(routes, []),
      bounds: { headerCount: 1_000 },
      afterEveryResponse: [],
    })
    return handle
  }
}
