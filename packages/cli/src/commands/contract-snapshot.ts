import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'

import { snapshotFile } from '../contracts/snapshot-file.js'
import { addTopologyOptions, type ConfigurationOptions } from '../options.js'
import { count } from '../ui/count.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface SnapshotOptions extends ConfigurationOptions {
  readonly file: string
}

export function addContractSnapshot(contract: Command): void {
  const command = contract
    .command('snapshot')
    .description('write down what published services promise')
    .option('--file <file>', 'to write', snapshotFile)
    .addHelpText(
      'after',
      examples(
        ['lokstra contract snapshot', `write ${snapshotFile}, to be committed`],
        ['lokstra contract snapshot --file released.json', 'write another file'],
      ),
    )
    .action(snapshot)
  addTopologyOptions(command)
}

async function snapshot({ file, ...options }: SnapshotOptions): Promise<void> {
  const { readPublished } = await import('../contracts/read-published.js')
  const contracts = await readPublished(options)
  await writeFile(file, formatJson(contracts))
  const services = Object.values(contracts.services)
  const operations = services.reduce((sum, service) => sum + Object.keys(service.operations).length, 0)
  process.stderr.write(`${file} is written: ${count(services.length, 'service')}, ${count(operations, 'operation')}\n`)
}
