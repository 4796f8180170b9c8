import type { DeployedServer, DeploymentDescription } from '@lokstra/core'
import { Option, type Command } from 'commander'

import { addTopologyOptions, topologyOptions, type ConfigurationOptions } from '../options.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'
import { printAside } from '../ui/print-aside.js'

interface GraphOptions extends ConfigurationOptions {
  readonly format: 'mermaid' | 'svg' | 'json'
}

export function addTopologyGraph(topology: Command): void {
  const command = topology
    .command('graph')
    .argument('[deployment]', 'such as microservices; default all')
    .description('draw the servers, what they publish, and what they inject of each other')
    .addOption(new Option('--format <format>', 'of the output').choices(['mermaid', 'svg', 'json']).default('mermaid'))
    .addHelpText(
      'after',
      examples(
        ['lokstra topology graph', 'text for Mermaid, which many web sites draw'],
        ['lokstra topology graph microservices --format svg > servers.svg', 'a picture of one deployment'],
      ),
    )
    .action(graph)
  addTopologyOptions(command)
}

async function graph(deployment: string | undefined, { format, ...options }: GraphOptions): Promise<void> {
  const { describeTopology } = await import('@lokstra/core')
  const { findDeployment } = await import('../topology/find-deployment.js')
  const all = await printAside(() => describeTopology(topologyOptions(options)))
  const chosen = deployment === undefined ? all : [await findDeployment(all, deployment)]
  const whole = chosen.some(({ servers }) => servers.length > 0) ? undefined : await describeWhole(options)
  if (format === 'json') {
    process.stdout.write(formatJson({ deployments: chosen, ...(whole && { server: whole }) }))
    return
  }
  const draw = format === 'svg' ? await loadSvg() : await loadMermaid()
  process.stdout.write(draw(whole ? [{ name: whole.name, servers: [whole] }] : chosen))
}

/** The one server that there is where no deployment has any: nobody else calls it, or is called. */
async function describeWhole(options: ConfigurationOptions): Promise<DeployedServer> {
  const { inspect } = await import('../inspect.js')
  const server = await inspect(options, (one) => one.topology())
  return { ...server, urls: [], calls: [] }
}

type Draw = (deployments: readonly DeploymentDescription[]) => string

async function loadSvg(): Promise<Draw> {
  return (await import('../topology/graph/svg.js')).svgGraph
}

async function loadMermaid(): Promise<Draw> {
  return (await import('../topology/graph/mermaid.js')).mermaidGraph
}
