import type { Command } from 'commander'

import { addTopologyCheck } from './topology-check.js'
import { addTopologyGraph } from './topology-graph.js'
import { addTopologyPlan } from './topology-plan.js'
import { addTopologyUp } from './topology-up.js'

/** Each adds one subcommand. */
const subcommands: readonly ((topology: Command) => void)[] = [
  addTopologyCheck,
  addTopologyGraph,
  addTopologyPlan,
  addTopologyUp,
]

export function addTopology(program: Command): void {
  const topology = program.command('topology').description('check, draw and run the servers of deployments')
  for (const add of subcommands) add(topology)
}
