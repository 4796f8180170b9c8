import type { Command } from 'commander'

import { addWhyConfig } from './why-config.js'
import { addWhyInject } from './why-inject.js'
import { addWhyRoute } from './why-route.js'

/** Each adds one subcommand. */
const subcommands: readonly ((why: Command) => void)[] = [addWhyConfig, addWhyRoute, addWhyInject]

export function addWhy(program: Command): void {
  const why = program.command('why').description('explain a value, a route or what is injected')
  for (const add of subcommands) add(why)
}
