import type { InjectionDescription, DeployedServer } from '@lokstra/core'

/** Name of the server that an injection leads to: the own one unless it is remote; undefined where nobody publishes the service. */
export function findPublisher(
  servers: readonly DeployedServer[],
  own: DeployedServer,
  { service, mode }: Pick<InjectionDescription, 'service' | 'mode'>,
): string | undefined {
  const publishers = servers.filter((server) => publishes(server, service))
  return (mode === 'remote' ? publishers.find((server) => server !== own) : publishers.find((server) => server === own))
    ?.name
}

function publishes(server: DeployedServer, service: string): boolean {
  return server.apps.some((app) => app.publishes.includes(service))
}
