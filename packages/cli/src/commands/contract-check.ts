import type { ContractChange } from '@lokstra/core'
import type { Command } from 'commander'

import type { Consumers } from '../contracts/find-consumers.js'
import { snapshotFile } from '../contracts/snapshot-file.js'
import { addTopologyOptions, type ConfigurationOptions } from '../options.js'
import { exitCodes } from '../run.js'
import { count } from '../ui/count.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface CheckOptions extends ConfigurationOptions {
  readonly against: string
  readonly json?: true
}

export function addContractCheck(contract: Command): void {
  const command = contract
    .command('check')
    .description('compare what published services promise with a snapshot; exit 1 when callers break')
    .option('--against <file>', 'the snapshot', snapshotFile)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['lokstra contract check', `what has changed since ${snapshotFile}`],
        ['lokstra contract check --against released.json --json', 'since another snapshot, for programs'],
      ),
    )
    .action(check)
  addTopologyOptions(command)
}

async function check({ against, json, ...options }: CheckOptions): Promise<void> {
  const { compareContracts } = await import('@lokstra/core')
  const { findConsumers } = await import('../contracts/find-consumers.js')
  const { readPublished } = await import('../contracts/read-published.js')
  const { readSnapshot } = await import('../contracts/read-snapshot.js')
  const snapshot = await readSnapshot(against)
  const changes = compareContracts(snapshot, await readPublished(options))
  const consumers = await findConsumers(options, new Set(changes.map(({ service }) => service)))
  const told = changes.map((change) => ({ ...change, consumers: consumers.get(change.service) ?? [] }))
  process.stdout.write(json ? formatJson({ against, changes: told }) : describe(against, changes, consumers))
  if (changes.some(({ breaking }) => breaking)) process.exitCode = exitCodes.failed
}

function describe(against: string, changes: readonly ContractChange[], consumers: Consumers): string {
  if (changes.length === 0) return `Nothing has changed since ${against}.\n`
  const breaking = changes.filter((change) => change.breaking)
  const compatible = changes.filter((change) => !change.breaking)
  const total = `${count(changes.length, 'change')} since ${against}`
  return [
    ...section('Breaking:', breaking, consumers),
    ...section('Compatible:', compatible, new Map()),
    breaking.length > 0
      ? `${total}, ${breaking.length === changes.length ? 'all' : breaking.length} breaking.`
      : `${total}, none breaking. lokstra contract snapshot writes them down.`,
    '',
  ].join('\n')
}

function section(title: string, changes: readonly ContractChange[], consumers: Consumers): readonly string[] {
  if (changes.length === 0) return []
  const lines = changes.flatMap(({ service, message }, index) => {
    const isLast = changes[index + 1]?.service !== service
    const callers = isLast ? (consumers.get(service) ?? []) : []
    return [`  ${message}`, ...(callers.length > 0 ? [`    ${service} is called by ${callers.join(', ')}`] : [])]
  })
  return [title, ...lines, '']
}
