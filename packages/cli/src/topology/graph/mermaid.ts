import type { DeployedServer, DeploymentDescription } from '@lokstra/core'

import { findPublishers } from './publishers.js'

/**
 * A flowchart in the language of Mermaid: a box for each server, and around those of each deployment where there are several; an
 * arrow for each injection of a published service.
 */
export function mermaidGraph(deployments: readonly DeploymentDescription[]): string {
  const ids = new Ids()
  const isAlone = deployments.length === 1
  const drawn = deployments.map(({ name, servers }, index) => {
    const boxes = servers.flatMap((server) => drawServer(server, ids))
    const lines = [...boxes, ...servers.flatMap((server) => drawArrows(server, servers, ids))]
    return isAlone ? lines : [`subgraph d${index}[${quoted(name)}]`, ...lines.map((line) => `  ${line}`), 'end']
  })
  return ['flowchart LR', ...drawn.flat().map((line) => `  ${line}`), ''].join('\n')
}

/** Short names of boxes, each the same whenever it is asked for. */
class Ids {
  readonly #servers = new Map<string, number>()
  readonly #boxes = new Map<string, string>()

  ofServer(server: string): string {
    const index = this.#servers.get(server) ?? this.#servers.size
    this.#servers.set(server, index)
    return `s${index}`
  }

  of(server: string, kind: 'app' | 'class', name: string): string {
    const key = `${server} ${kind} ${name}`
    const id = this.#boxes.get(key) ?? `${this.ofServer(server)}n${this.#boxes.size}`
    this.#boxes.set(key, id)
    return id
  }
}

function drawServer({ name, urls, apps, injections }: DeployedServer, ids: Ids): readonly string[] {
  const published = new Set(apps.flatMap(({ publishes }) => publishes))
  const injecting = new Set(injections.map(({ into }) => into).filter((into) => !published.has(into)))
  return [
    `subgraph ${ids.ofServer(name)}[${quoted(name, ...urls)}]`,
    ...apps.map((app) => `  ${ids.of(name, 'app', app.name)}[/${quoted(app.name, app.listen)}/]`),
    ...[...published].map((service) => `  ${ids.of(name, 'class', service)}([${quoted(service)}])`),
    ...[...injecting].map((into) => `  ${ids.of(name, 'class', into)}[${quoted(into)}]`),
    'end',
  ]
}

function drawArrows(server: DeployedServer, servers: readonly DeployedServer[], ids: Ids): readonly string[] {
  return server.injections.flatMap(({ into, service, mode }) =>
    findPublishers(servers, server, { service, mode }).map((publisher) => {
      const arrow = mode === 'remote' ? '-->' : '-.->'
      return `${ids.of(server.name, 'class', into)} ${arrow} ${ids.of(publisher, 'class', service)}`
    }),
  )
}

/** Lines of a label. Mermaid knows entities, written with `#`. */
function quoted(...lines: readonly string[]): string {
  return `"${lines.map((line) => line.replace(/[#"<>&]/g, (char) => `#${char.charCodeAt(0)};`)).join('<br/>')}"`
}
