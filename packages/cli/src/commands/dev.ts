import type { Command } from 'commander'

import { addConfigurationOptions, serverOptions, type ConfigurationOptions } from '../options.js'
import { outliveReader } from '../reader.js'
import { stopWithShell } from '../stop-with-shell.js'
import { examples } from '../ui/examples.js'

export function addDev(program: Command): void {
  const command = program
    .command('dev')
    .description('compile and start a project, again at every change')
    .addHelpText(
      'after',
      examples(
        ['lokstra dev', 'the project of ./lokstra.yaml'],
        ['lokstra dev --set apps.api.listen=:4000', 'at another address'],
      ),
    )
    .action(dev)
  addConfigurationOptions(command)
}

async function dev(options: ConfigurationOptions): Promise<void> {
  const shell = process.ppid
  const { runDev } = await import('../dev/run-dev.js')
  outliveReader()
  const { file, ...rest } = serverOptions(options)
  const running = runDev({ ...rest, file })
  stopWithShell(shell, true)
  await running
}
