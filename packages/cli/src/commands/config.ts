import type { Command } from 'commander'

import { addConfigCheck } from './config-check.js'
import { addConfigPrint } from './config-print.js'
import { addConfigSchema } from './config-schema.js'

/** Each adds one subcommand. */
const subcommands: readonly ((config: Command) => void)[] = [addConfigCheck, addConfigPrint, addConfigSchema]

export function addConfig(program: Command): void {
  const config = program.command('config').description('check and print the configuration; its JSON Schema')
  for (const add of subcommands) add(config)
}
