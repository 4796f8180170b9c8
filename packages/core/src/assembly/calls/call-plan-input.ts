import type { LoadedConfig } from '../../config/load-config.js'
import type { ServerOptions } from '../../server/server-options.js'
import type { ServerRuntime } from '../../server/server-runtime.js'
import type { Registry } from '../registry.js'

/** What decides how the services of a server are called. */
export interface CallPlanInput {
  readonly loaded: LoadedConfig
  readonly options: ServerOptions
  readonly registry: Registry
  readonly runtime: ServerRuntime
  /** What errors name for what stands in code. */
  readonly place: string
}
