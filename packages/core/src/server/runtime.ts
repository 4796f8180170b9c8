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
    return this.#lifecycle.started.map(({ definition, instance }) => ({ name: definition.name, instance }))
  }
}
