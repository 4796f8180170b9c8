import { BootError, describeTopology, type DeployedServer, type ServerOptions } from '@lokstra/core'

import { checkPorts, type Listening } from './check-ports.js'
import { findDeployment } from './find-deployment.js'
import type { KeptServer } from './server-keeper.js'
import type { Dependent } from './start-order.js'

/**
 * What has to be started for a deployment, checked as far as it can be without starting it.
 * @throws every mistake of every server · E_TOPOLOGY_UNKNOWN · E_TOPOLOGY_PORT
 */
export async function planTopology(
  options: ServerOptions & { readonly file: string },
  deployment: string,
): Promise<readonly (KeptServer & Dependent)[]> {
  const { servers } = await findDeployment(await describeTopology(options), deployment)
  const problems = await checkPorts(servers.flatMap(addressesOf))
  if (problems.length > 1) throw new BootError(problems)
  if (problems[0]) throw problems[0]
  const { file, environment, set = [] } = options
  const shared = [
    ...['--config', file],
    ...(environment === undefined ? [] : ['--env', environment]),
    ...set.flatMap((value) => ['--set', value]),
  ]
  return servers.map((server) => ({
    name: server.name,
    calls: server.calls,
    args: [...shared, '--server', server.name],
    health: healthOf(server),
  }))
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
  const app = apps.find(({ readiness }) => readiness !== undefined)
  if (!app) return undefined
  // Each port that the system chooses is a listener of its own.
  const listeners = apps.filter(
    ({ listen }, index) => listen.endsWith(':0') || apps.findIndex((other) => other.listen === listen) === index,
  )
  const listener = listeners.findIndex((other) => other === app || other.listen === app.listen)
  return { listener, path: app.readiness! }
}
