import type { DeployedServer, DeploymentDescription, ExternalDescription } from '@lokstra/core'

import { findPublishers } from './publishers.js'

/**
 * A flowchart in the language of Mermaid: a box for each server, and around those of each deployment where there are several; an
 * arrow for each injection of a published service, or of one of another system.
 */
export function mermaidGraph(deployments: readonly DeploymentDescription[]): string {
  const ids = new Ids()
  const isAlone = deployments.length === 1
  const drawn = deployments.map(({ name, servers }, index) => {
    const boxes = servers.flatMap((server) => drawServer(server, ids))
    const others = [...new Set(servers.flatMap((server) => drawExternal(server, ids)))]
    const lines = [...boxes, ...others, ...servers.flatMap((server) => drawArrows(server, servers, ids))]
    return isAlone ? lines : [`subgraph d${index}[${quoted(name)}]`, ...lines.map((line) => `  ${line}`), 'end']
  })
  return ['flowchart LR', ...drawn.flat().map((line) => `  ${line}`), ''].join('\n')
}

/** Short names of boxes, each the same whenever it is asked for. */
class Ids {
  readonly #servers = new Map<string, number>()
  readonly #boxes = new Map<string, string>()
  readonly #external = new Map<string, number>()

  ofServer(server: string): string {
    const index = this.#servers.get(server) ?? this.#servers.size
    this.#servers.set(server, index)
    return `s${index}`
  }

  /** The same for all servers that call it at the same addresses. */
  ofExternal({ service, urls }: ExternalDescription): string {
    const key = [service, ...urls].join(' ')
    const index = this.#external.get(key) ?? this.#external.size
    this.#external.set(key, index)
    return `x${index}`
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

function drawExternal({ external }: DeployedServer, ids: Ids): readonly string[] {
  return external.map((one) => `${ids.ofExternal(one)}{{${quoted(one.service, ...one.urls)}}}`)
}

function drawArrows(server: DeployedServer, servers: readonly DeployedServer[], ids: Ids): readonly string[] {
  return server.injections.flatMap(({ into, service, mode }) => {
    const from = ids.of(server.name, 'class', into)
    if (mode === 'external') {
      return server.external.flatMap((one) => (one.service === service ? `${from} --> ${ids.ofExternal(one)}` : []))
    }
    const arrow = mode === 'remote' ? '-->' : '-.->'
    return findPublishers(servers, server, { service, mode }).map(
      (publisher) => `${from} ${arrow} ${ids.of(publisher, 'class', service)}`,
    )
  })
}

/** Lines of a label. Mermaid knows entities, written with `#`. */
function quoted(...lines: readonly string[]): string {
  return `"${lines.map((line) => line.replace(/[#"<>&]/g, (char) => `#${char.charCodeAt(0)};`)).join('<br/>')}"`
}
