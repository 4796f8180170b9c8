import { isatty } from 'node:tty'
import type { Command } from 'commander'

import { addConfigurationOptions, serverOptions, type ConfigurationOptions } from '../options.js'
import { outliveReader } from '../reader.js'
import { stopWithShell } from '../stop-with-shell.js'
import { parentVariable } from '../topology/parent-variable.js'
import { examples } from '../ui/examples.js'

export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('start the server that a configuration describes')
    .addHelpText(
      'after',
      examples(
        ['lokstra start', 'the server of ./lokstra.yaml'],
        ['lokstra start --config shop/lokstra.yaml', 'of another file; its relative paths start from its folder'],
        ['lokstra start --env production', 'with what lokstra.production.yaml changes'],
        ['lokstra start --server microservices.users', 'one server of a deployment'],
        ['lokstra start --set apps.api.listen=:4000', 'with one value changed'],
      ),
    )
    .action(start)
  addConfigurationOptions(command)
}

/** Never fulfilled: the process ends with its server. */
const ended = new Promise<never>(() => undefined)

/** Starts the server; the exit code is 1 when it cannot start. */
async function start(options: ConfigurationOptions): Promise<void> {
  const shell = process.ppid
  const { Lokstra } = await import('@lokstra/core')
  outliveReader()
  // Stacks in development name the lines that people wrote. Translating them costs too much for a busy server.
  if (process.env.NODE_ENV !== 'production') process.setSourceMapsEnabled(true)
  if (process.env[parentVariable] !== undefined) {
    const { runForParent } = await import('../topology/parent.js')
    await runForParent(serverOptions(options))
    await ended
  }
  await Lokstra.run(serverOptions(options))
  // To a server that is on no terminal it means to read its configuration again.
  stopWithShell(shell, isatty(0))
  await ended
}
