import type { DeployedServer } from '@lokstra/core'

import { findPublisher } from './publishers.js'

/** A flowchart in the language of Mermaid: a box for each server, an arrow for each injection of a published service. */
export function mermaidGraph(servers: readonly DeployedServer[]): string {
  const lines = ['flowchart LR']
  const ids = new Map<string, string>()
  for (const [index, server] of servers.entries()) {
    const id = (kind: string, name: string): string => {
      const key = `${server.name} ${kind} ${name}`
      const known = ids.get(key) ?? `s${index}n${ids.size}`
      ids.set(key, known)
      return known
    }
    lines.push(`  subgraph s${index}[${quoted(server.name, ...server.urls)}]`)
    for (const { name, listen } of server.apps) lines.push(`    ${id('app', name)}[/${quoted(name, listen)}/]`)
    const published = new Set(server.apps.flatMap(({ publishes }) => publishes))
    for (const service of published) lines.push(`    ${id('class', service)}([${quoted(service)}])`)
    for (const into of new Set(server.injections.map((one) => one.into))) {
      if (!published.has(into)) lines.push(`    ${id('class', into)}[${quoted(into)}]`)
    }
    lines.push('  end')
  }
  for (const server of servers) {
    for (const { into, service, mode } of server.injections) {
      const publisher = findPublisher(servers, server, { service, mode })
      const [from, to] = [ids.get(`${server.name} class ${into}`), ids.get(`${publisher} class ${service}`)]
      if (from !== undefined && to !== undefined) lines.push(`  ${from} ${mode === 'remote' ? '-->' : '-.->'} ${to}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Lines of a label. Mermaid knows entities, written with `#`. */
function quoted(...lines: readonly string[]): string {
  return `"${lines.map((line) => line.replace(/[#"<>&]/g, (char) => `#${char.charCodeAt(0)};`)).join('<br/>')}"`
}
