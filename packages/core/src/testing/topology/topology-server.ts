import type { LogLine } from '../memory-logger.js'

/** One server of a deployment that runs for a test. */
export interface TopologyServer {
  /** As under `servers` of the deployment. */
  readonly name: string
  readonly isRunning: boolean
  /** Of its process in the mode `processes`, while it has one. */
  readonly pid: number | undefined
  /** What it has logged, in order; of a process what it has printed, line by line. */
  readonly logs: readonly LogLine[]
  /** Base URL of one of its apps, undefined where it has none of that name. The address stays the same over restarts. */
  url(app: string): string | undefined
  start(): Promise<void>
  /** Lets requests under way end, as on SIGTERM. */
  stop(): Promise<void>
  /** kill -9; only in the mode `processes`. */
  kill(): Promise<void>
  /** Stops it unless it has ended, and starts it again. */
  restart(): Promise<void>
}

/** What a server is started with. */
export interface ServerOrder {
  readonly name: string
  readonly file: string
  /** What relative paths start from; undefined for the folder of the file. */
  readonly folder: string | undefined
  /** `shop.users`; undefined where all services run in one server. */
  readonly server: string | undefined
  readonly set: readonly string[]
  readonly env: NodeJS.ProcessEnv | undefined
  /** Ports of its apps, by name. */
  readonly ports: ReadonlyMap<string, number>
}

export function urlOf({ ports }: ServerOrder, app: string): string | undefined {
  const port = ports.get(app)
  return port === undefined ? undefined : `http://127.0.0.1:${port}`
}
