import type { Command } from 'commander'

import { addTopologyOptions, topologyOptions, type ConfigurationOptions } from '../options.js'
import { formatJson } from '../ui/format-json.js'

/** What `lokstra topology up` asks a process of its own, which ends with all that the code of the project has begun in it. */
export function addTopologyPlan(topology: Command): void {
  const command = topology
    .command('plan', { hidden: true })
    .argument('[deployment]')
    .description('print as JSON what is to be started for a deployment')
    .action(plan)
  addTopologyOptions(command)
}

async function plan(deployment: string | undefined, options: ConfigurationOptions): Promise<void> {
  const { planTopology } = await import('../topology/plan-topology.js')
  process.stdout.write(formatJson(await planTopology(topologyOptions(options), deployment)))
}
