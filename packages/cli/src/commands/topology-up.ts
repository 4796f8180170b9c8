import type { Command } from 'commander'

import { addTopologyOptions, topologyOptions, type ConfigurationOptions } from '../options.js'
import { outliveReader } from '../reader.js'
import { exitCodes } from '../run.js'
import { stopWithShell } from '../stop-with-shell.js'
import { examples } from '../ui/examples.js'

export function addTopologyUp(topology: Command): void {
  const command = topology
    .command('up')
    .argument('[deployment]', 'such as microservices; default the only one')
    .description('run every server of a deployment on this machine, each in a process of its own')
    .addHelpText(
      'after',
      examples(
        ['lokstra topology up microservices', 'until Ctrl-C; what dies is started again'],
        ['lokstra topology up microservices --env staging', 'with what lokstra.staging.yaml changes'],
      ),
    )
    .action(up)
  addTopologyOptions(command)
}

async function up(deployment: string | undefined, options: ConfigurationOptions): Promise<void> {
  const shell = process.ppid
  const { planApart } = await import('../topology/plan-apart.js')
  const { runTopology } = await import('../topology/run-topology.js')
  const servers = await planApart(topologyOptions(options), deployment)
  if (!servers) {
    process.exitCode = exitCodes.failed
    return
  }
  outliveReader()
  const running = runTopology(servers)
  stopWithShell(shell, true)
  process.exit(await running)
}
