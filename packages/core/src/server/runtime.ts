import type { TargetState } from '../calls/client/call-statistics.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { Lifecycle } from './lifecycle.js'
import { ServerRuntime, type ServerPhase, type StartedService } from './server-runtime.js'

/** The calls of a server, as far as its services may know of them. */
export interface CallsInUse {
  readonly states: readonly TargetState[]
  readonly crossing: { readonly count: number }
  readonly contracts: { readonly problems: readonly LokstraError[] } | undefined
}

/** What a server tells its services of itself. */
export class Runtime extends ServerRuntime {
  name = ''
  folder = ''
  phase: ServerPhase = 'new'
  /** Undefined where nothing is called across a boundary. */
  openCalls: CallsInUse | undefined
  readonly #lifecycle: Lifecycle

  constructor(lifecycle: Lifecycle) {
    super()
    this.#lifecycle = lifecycle
  }

  get calls(): readonly TargetState[] {
    return this.openCalls?.states ?? []
  }

  get transactionCrossings(): number {
    return this.openCalls?.crossing.count ?? 0
  }

  get contractProblems(): readonly LokstraError[] {
    return this.openCalls?.contracts?.problems ?? []
  }

  get services(): readonly StartedService[] {
    // The proxy of a service of another server is none of this one.
    const own = this.#lifecycle.started.filter(({ definition }) => !definition.boundary)
    return own.map(({ definition, instance }) => ({ name: definition.name, instance }))
  }
}
