import type { Command } from 'commander'

import { addConfigSchema } from './config-schema.js'

/** Each adds one subcommand. */
const subcommands: readonly ((config: Command) => void)[] = [addConfigSchema]

export function addConfig(program: Command): void {
  const config = program.command('config').description('look at the configuration')
  for (const add of subcommands) add(config)
}
