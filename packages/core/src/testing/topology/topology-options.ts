import type { Override } from '../../assembly/add-built-ins.js'

export const topologyModes = ['direct'] as const
/** How the servers of a deployment run in a test: `direct`, all services in one server, injected as they are. */
export type TopologyMode = (typeof topologyModes)[number]

/** What runs, and how. */
export interface TopologyOptions {
  /** Path of the configuration. */
  readonly file: string
  readonly mode: TopologyMode
  /** Values over those of the files, as `--set` takes them, in every server. Default none. */
  readonly set?: readonly string[]
  /** Where `${VAR}` and `LOKSTRA__…` are looked up. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** Services replaced before anything is constructed. Default none. */
  readonly overrides?: readonly Override[]
}
