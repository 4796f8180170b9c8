import type { Command } from 'commander'

import { inspect } from '../inspect.js'
import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface PrintOptions extends ConfigurationOptions {
  readonly provenance?: true
  readonly json?: true
}

export function addConfigPrint(config: Command): void {
  const command = config
    .command('print')
    .argument('[path]', 'part to print, such as apps.api or services.db.url')
    .description('print the effective configuration, secrets masked')
    .option('--provenance', 'write behind every value where it comes from')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['lokstra config print', 'all of it, defaults included'],
        ['lokstra config print apps.api --provenance', 'one app, each value with its file, line and column'],
        ['lokstra config print --env production', 'as it is in production'],
      ),
    )
    .action(print)
  addConfigurationOptions(command)
}

async function print(path: string | undefined, options: PrintOptions): Promise<void> {
  const configuration = await inspect(options, (server) => server.configuration())
  if (options.json) {
    process.stdout.write(formatJson(path === undefined ? configuration.values : configuration.valueAt(path)))
  } else {
    const places = options.provenance === true
    process.stdout.write(configuration.toYaml({ places, ...(path === undefined ? {} : { path }) }))
  }
}
