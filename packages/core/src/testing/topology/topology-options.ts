import type { Override } from '../../assembly/add-built-ins.js'
import type { FaultPlan } from './fault-plan.js'

export const topologyModes = ['direct', 'checked', 'remote', 'processes'] as const
/**
 * How the servers of a deployment run in a test: `direct`, all services in one server, injected as they are; `checked`, the same
 * with every call between published services encoded, bound and validated; `remote`, every server of the deployment in this
 * process, over sockets; `processes`, each of them in a process of its own.
 */
export type TopologyMode = (typeof topologyModes)[number]

/** What runs, and how. */
export interface TopologyOptions {
  /** Path of the configuration. */
  readonly file: string
  /** The deployment whose servers run in the modes `remote` and `processes`. */
  readonly deployment: string
  readonly mode: TopologyMode
  /** Values over those of the files, as `--set` takes them, in every server. Default none. */
  readonly set?: readonly string[]
  /** Where `${VAR}` and `LOKSTRA__…` are looked up. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** Services replaced before anything is constructed, wherever they run; not in `processes`. Default none. */
  readonly overrides?: readonly Override[]
  /** What goes wrong on the way between servers, in `remote` and `processes`. Default nothing. */
  readonly faults?: FaultPlan
}
