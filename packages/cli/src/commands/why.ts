import type { Command } from 'commander'

import { addWhyConfig } from './why-config.js'

/** Each adds one subcommand. */
const subcommands: readonly ((why: Command) => void)[] = [addWhyConfig]

export function addWhy(program: Command): void {
  const why = program.command('why').description('explain how something came about')
  for (const add of subcommands) add(why)
}
