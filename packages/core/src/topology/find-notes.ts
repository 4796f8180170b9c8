import type { DeployedServer } from './describe-topology.js'

/** Something about the servers of a deployment that is no mistake, and may be meant otherwise. */
export interface TopologyNote {
  readonly deployment: string
  readonly kind: 'never-called' | 'runs-everywhere' | 'circle' | 'no-servers'
  /** Names of the servers that it is about. */
  readonly servers: readonly string[]
  readonly text: string
}

/** Of a deployment without servers: they may stand elsewhere, or under a key that is misspelt. */
export function emptyNote(deployment: string): TopologyNote {
  return { deployment, kind: 'no-servers', servers: [], text: 'it has no servers' }
}

export function findNotes(deployment: string, servers: readonly DeployedServer[]): readonly TopologyNote[] {
  const note = (kind: TopologyNote['kind'], about: readonly string[], text: string): TopologyNote => ({
    deployment,
    kind,
    servers: about,
    text,
  })
  const published = new Map<string, string[]>()
  for (const { name, apps } of servers) {
    for (const service of new Set(apps.flatMap(({ publishes }) => publishes))) {
      published.set(service, [...(published.get(service) ?? []), name])
    }
  }
  const called = new Set(
    servers.flatMap(({ injections }) =>
      injections.filter(({ mode }) => mode === 'remote').map(({ service }) => service),
    ),
  )
  const idle = [...published].filter(([service]) => !called.has(service))
  const own = new Map<string, string[]>()
  for (const { name, injections } of servers) {
    for (const { service, mode } of injections) {
      if (mode !== 'external' && !published.has(service))
        own.set(service, [...new Set([...(own.get(service) ?? []), name])])
    }
  }
  return [
    ...idle.map(([service, by]) =>
      note('never-called', by, `${service} is published by ${listed(by)}, and no other server injects it`),
    ),
    ...[...own].map(([service, by]) =>
      note('runs-everywhere', by, `${service} is published by no server: it runs in ${listed(by)}`),
    ),
    ...findCircles(servers).map((circle) => note('circle', circle, `${listed(circle)} call each other in a circle`)),
  ]
}

/** Groups of servers in which each calls all others, directly or through them; a server is in one of them at most. */
function findCircles(servers: readonly DeployedServer[]): readonly (readonly string[])[] {
  const reached = reachedFrom(servers)
  const isMutual = (one: string, other: string) => reached.get(one)!.has(other) && reached.get(other)!.has(one)
  const names = servers.map(({ name }) => name)
  const groups = names.map((name) => names.filter((other) => isMutual(name, other)))
  return groups.filter((group, index) => group[0] === names[index])
}

/** Names of the servers that each calls, directly or through others. */
function reachedFrom(servers: readonly DeployedServer[]): ReadonlyMap<string, ReadonlySet<string>> {
  const calls = new Map(servers.map((server) => [server.name, server.calls]))
  const reached = new Map<string, ReadonlySet<string>>()
  for (const [name, direct] of calls) {
    const found = new Set(direct)
    // A set gives what is added to it meanwhile as well.
    for (const one of found) for (const next of calls.get(one) ?? []) found.add(next)
    reached.set(name, found)
  }
  return reached
}

function listed(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]!
}
