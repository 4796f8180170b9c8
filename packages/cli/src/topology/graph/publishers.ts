import type { InjectionDescription, DeployedServer } from '@lokstra/core'

/**
 * Names of the servers that an injection leads to: the own one unless it is remote; none where nobody publishes the service.
 * @param servers  of one deployment
 */
export function findPublishers(
  servers: readonly DeployedServer[],
  own: DeployedServer,
  { service, mode }: Pick<InjectionDescription, 'service' | 'mode'>,
): readonly string[] {
  const publishers = servers.filter((server) => publishes(server, service))
  return publishers.filter((server) => (mode === 'remote') === (server !== own)).map(({ name }) => name)
}

function publishes(server: DeployedServer, service: string): boolean {
  return server.apps.some((app) => app.publishes.includes(service))
}
