import { freePort } from './free-ports.js'
import type { RawConfig } from './raw-config.js'

/** One server, with the addresses that it gets. */
export interface PlannedServer {
  /** `users`; undefined where all services run in one server. */
  readonly name: string | undefined
  /** Ports of its apps, by name. */
  readonly ports: ReadonlyMap<string, number>
  /** Names of the apps that are configured with certificates. */
  readonly secured: readonly string[]
  /** Port of the app that publishes services, undefined where it has none. */
  readonly published: number | undefined
}

interface RawApp {
  readonly name?: string
  readonly publish?: unknown
  readonly tls?: unknown
}

interface RawSection {
  readonly apps?: readonly RawApp[]
}

/** @param deployment  undefined for one server that runs everything */
export async function planServers(
  config: RawConfig,
  deployment: string | undefined,
): Promise<readonly PlannedServer[]> {
  const { values, servers } = config
  const root = values as RawSection
  if (deployment === undefined) return [await plan(undefined, root.apps ?? [])]
  const section = (values.deployments as Record<string, RawSection & { servers: Record<string, RawSection | null> }>)[
    deployment
  ]!
  return Promise.all(
    servers.map((name) => {
      const own = section.servers[name]?.apps
      const layers = [root.apps ?? [], section.apps ?? [], nameFirst(own ?? [], name)]
      const listed = own ? layers[2]! : (section.apps ?? root.apps ?? [])
      // An app is what all layers say of its name.
      return plan(
        name,
        listed.map(
          (app) => Object.assign({}, ...layers.map((apps) => apps.find((one) => one.name === app.name))) as RawApp,
        ),
      )
    }),
  )
}

/** An app without a name is called as its server is. */
function nameFirst(apps: readonly RawApp[], server: string): readonly RawApp[] {
  const first = apps.findIndex((app) => app.name === undefined)
  return apps.map((app, index) => (index === first ? { ...app, name: server } : app))
}

async function plan(name: string | undefined, apps: readonly RawApp[]): Promise<PlannedServer> {
  const ports = new Map<string, number>()
  for (const app of apps) if (app.name !== undefined) ports.set(app.name, await freePort())
  const publishing = apps.find((app) => app.publish !== undefined)
  const secured = apps.flatMap((app) => (app.tls === undefined || app.tls === null ? [] : (app.name ?? [])))
  return { name, ports, secured, published: publishing?.name === undefined ? undefined : ports.get(publishing.name) }
}
