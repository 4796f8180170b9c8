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
    ...findCircles(servers).map((circle) =>
      note('circle', circle, `servers call each other in a circle: ${[...circle, circle[0]!].join(' → ')}`),
    ),
  ]
}

/** Each circle once, beginning with the server that comes first. */
function findCircles(servers: readonly DeployedServer[]): readonly (readonly string[])[] {
  const byName = new Map(servers.map((server) => [server.name, server]))
  const circles = new Map<string, readonly string[]>()
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name)
    if (start >= 0) {
      const circle = path.slice(start)
      const first = servers.findIndex((server) => circle.includes(server.name))
      const turn = circle.indexOf(servers[first]!.name)
      const turned = [...circle.slice(turn), ...circle.slice(0, turn)]
      circles.set(turned.join(' '), turned)
      return
    }
    if (done.has(name)) return
    for (const next of byName.get(name)?.calls ?? []) visit(next, [...path, name])
    done.add(name)
  }
  for (const { name } of servers) visit(name, [])
  return [...circles.values()]
}

function listed(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]!
}
