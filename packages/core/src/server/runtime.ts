import type { Lifecycle } from './lifecycle.js'
import { ServerRuntime, type ServerPhase, type StartedService } from './server-runtime.js'

/** What a server tells its services of itself. */
export class Runtime extends ServerRuntime {
  name = ''
  folder = ''
  phase: ServerPhase = 'new'
  readonly #lifecycle: Lifecycle

  constructor(lifecycle: Lifecycle) {
    super()
    this.#lifecycle = lifecycle
  }

  get services(): readonly StartedService[] {
    // What stands in for a service of another server is none of this one.
    const own = this.#lifecycle.started.filter(({ definition }) => !definition.boundary)
    return own.map(({ definition, instance }) => ({ name: definition.name, instance }))
  }
}
