import type { TargetState } from '../calls/client/call-statistics.js'
import type { LokstraError } from '../errors/lokstra-error.js'

/** `new` (not asked to start yet) → `starting` → `ready` → `draining` (stop was asked for, requests still end) → `stopped`. */
export type ServerPhase = 'new' | 'starting' | 'ready' | 'draining' | 'stopped'

/** A singleton that the server has constructed. */
export interface StartedService {
  /** Name in configuration, or the class's name. */
  readonly name: string
  readonly instance: object
}

/** What a service may know of the server that it runs in. Inject it by this class. */
export abstract class ServerRuntime {
  abstract readonly name: string
  /** Absolute path of what relative paths of the configuration start from: the configuration's own folder, or the working folder. */
  abstract readonly folder: string
  abstract readonly phase: ServerPhase
  /** Singletons constructed so far, in start order. */
  abstract readonly services: readonly StartedService[]
  /** What this server calls across boundaries; a view of the moment. */
  abstract readonly calls: readonly TargetState[]
  /** How many calls were made to other servers while a transaction was open. */
  abstract readonly transactionCrossings: number
  /**
   * What services of this server expect of services of others, and those do not offer any more: E_CONTRACTS_BROKEN for each. While there
   * is any, the server should get no requests.
   */
  abstract readonly contractProblems: readonly LokstraError[]
}
