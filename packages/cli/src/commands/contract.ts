import type { Command } from 'commander'

import { addContractCheck } from './contract-check.js'
import { addContractSnapshot } from './contract-snapshot.js'

/** Each adds one subcommand. */
const subcommands: readonly ((contract: Command) => void)[] = [addContractSnapshot, addContractCheck]

export function addContract(program: Command): void {
  const contract = program
    .command('contract')
    .description('keep what published services promise, and find what breaks it')
  for (const add of subcommands) add(contract)
}
