import {
  BootError,
  describeTopology,
  lokstraError,
  type DeployedServer,
  type DeploymentDescription,
  type ServerOptions,
} from '@lokstra/core'

import { E_TOPOLOGY_CHOICE } from '../catalogue/topology.js'
import { optionsAsWords } from '../options.js'
import { printAside } from '../ui/print-aside.js'
import { checkPorts, type Listening } from './check-ports.js'
import { findDeployment } from './find-deployment.js'
import type { KeptServer } from './server-keeper.js'
import type { Dependent } from './start-order.js'
import { findUnknownHosts } from './unknown-hosts.js'

/** A server that is to be started, after those that it calls. */
export type PlannedServer = KeptServer & Dependent

/**
 * What has to be started for a deployment, checked as far as it can be without starting it.
 * @param deployment  undefined for the only one
 * @throws every mistake of every server · E_TOPOLOGY_UNKNOWN · E_TOPOLOGY_CHOICE · E_TOPOLOGY_EMPTY · E_TOPOLOGY_PORT
 */
export async function planTopology(
  options: ServerOptions & { readonly file: string },
  deployment: string | undefined,
): Promise<readonly PlannedServer[]> {
  const all = await printAside(() => describeTopology(options))
  const { servers } = await findDeployment(all, deployment ?? onlyOf(all))
  const problems = await checkPorts(servers.flatMap(addressesOf))
  if (problems.length > 1) throw new BootError(problems)
  if (problems[0]) throw problems[0]
  const unknownHosts = await findUnknownHosts(servers)
  return servers.map((server) => ({
    name: server.name,
    calls: server.calls,
    args: [...optionsAsWords(options), '--server', server.name],
    health: healthOf(server),
    warning: unknownHosts.get(server.name),
  }))
}

/**
 * The name of the only deployment.
 * @throws E_TOPOLOGY_CHOICE
 */
function onlyOf(all: readonly DeploymentDescription[]): string {
  const known = all.map(({ name }) => name)
  if (known.length === 1) return known[0]!
  throw lokstraError(E_TOPOLOGY_CHOICE, { known })
}

/** Apps with one address share a listener. */
function addressesOf({ name, apps }: DeployedServer): readonly Listening[] {
  return [...new Set(apps.map(({ listen }) => listen))].map((listen) => ({ server: name, listen, ...parse(listen) }))
}

/** `:3000`, `127.0.0.1:3000`, `[::1]:3000` or `unix:/run/app.sock`, as the configuration was checked to have it. */
function parse(listen: string): Pick<Listening, 'host' | 'port'> {
  if (listen.startsWith('unix:')) return { host: undefined, port: undefined }
  const colon = listen.lastIndexOf(':')
  const host = listen.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, '')
  return { host: host === '' ? undefined : host, port: Number(listen.slice(colon + 1)) }
}

function healthOf({ apps }: DeployedServer): KeptServer['health'] {
  // One that asks everybody for a certificate answers those only who have one.
  const app = apps.find(({ readiness, needsCertificate }) => readiness !== undefined && !needsCertificate)
  if (!app) return undefined
  // Each port that the system chooses is a listener of its own.
  const listeners = apps.filter(
    ({ listen }, index) => listen.endsWith(':0') || apps.findIndex((other) => other.listen === listen) === index,
  )
  const listener = listeners.findIndex((other) => other === app || other.listen === app.listen)
  return { listener, path: app.readiness! }
}
