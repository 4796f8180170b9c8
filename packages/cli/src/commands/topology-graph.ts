import type { DeploymentDescription } from '@lokstra/core'
import { Option, type Command } from 'commander'

import { addTopologyOptions, topologyOptions, type ConfigurationOptions } from '../options.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

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
  const all = await describeTopology(topologyOptions(options))
  const chosen = deployment === undefined ? all : [await findDeployment(all, deployment)]
  if (format === 'json') {
    process.stdout.write(formatJson({ deployments: chosen }))
    return
  }
  const draw = format === 'svg' ? await loadSvg() : await loadMermaid()
  process.stdout.write(draw(chosen))
}

type Draw = (deployments: readonly DeploymentDescription[]) => string

async function loadSvg(): Promise<Draw> {
  return (await import('../topology/graph/svg.js')).svgGraph
}

async function loadMermaid(): Promise<Draw> {
  return (await import('../topology/graph/mermaid.js')).mermaidGraph
}
