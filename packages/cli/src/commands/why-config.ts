import type { LayerExplanation, ValueExplanation } from '@lokstra/core'
import type { Command } from 'commander'

import { inspect } from '../inspect.js'
import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { columns } from '../ui/columns.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface WhyOptions extends ConfigurationOptions {
  readonly json?: true
}

export function addWhyConfig(why: Command): void {
  const command = why
    .command('config')
    .argument('<path>', 'value to explain, such as apps.api.listen')
    .description('show every layer that sets a value, and which one applies')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['lokstra why config apps.api.listen', 'each layer with its place, and where placeholders took their value'],
        ['lokstra why config services.db.url --env production', 'as it is in production'],
      ),
    )
    .action(whyConfig)
  addConfigurationOptions(command)
}

async function whyConfig(path: string, options: WhyOptions): Promise<void> {
  const explanation = (await inspect(options, (server) => server.configuration())).explain(path)
  process.stdout.write(options.json ? formatJson(explanation) : describe(explanation))
}

function describe({ path, value, layers, placeholders }: ValueExplanation): string {
  const head = value === undefined ? `${path} is not set` : `${path} = ${JSON.stringify(value)}`
  const rows = layers.toReversed().map(cellsOf)
  const sources = placeholders.map(({ text, source }) => `${text}  ${source}`)
  const isUnset = layers.length === 0 ? ['Nothing sets it, and it has no default.'] : []
  return `${[head, ...[...columns(rows), ...isUnset, ...sources].map((line) => `  ${line}`)].join('\n')}\n`
}

/** What a layer says, and where; values are of too many lengths for a column of their own. */
function cellsOf({ layer, place, value, counts }: LayerExplanation): readonly string[] {
  const said = value === null ? 'removes it' : JSON.stringify(value)
  return [`${counts ? '✓' : ' '} ${layer}`, `${said}  ${place}`]
}
