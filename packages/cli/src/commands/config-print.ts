import type { Command } from 'commander'

import { addConfigurationOptions, serverOptions, type ConfigurationOptions } from '../options.js'
import { examples } from '../ui/examples.js'

interface PrintOptions extends ConfigurationOptions {
  readonly provenance?: true
  readonly json?: true
}

export function addConfigPrint(config: Command): void {
  const command = config
    .command('print')
    .argument('[path]', 'part to print, such as apps.api or services.db.url')
    .description('print the configuration as it counts, secrets masked')
    .option('--provenance', 'write behind every value where it stands')
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

/** Nothing is constructed or opened. */
async function print(path: string | undefined, options: PrintOptions): Promise<void> {
  const { createServer } = await import('@lokstra/core')
  const server = createServer(serverOptions(options))
  try {
    const configuration = await server.configuration()
    if (options.json) {
      const values = path === undefined ? configuration.values : configuration.valueAt(path)
      process.stdout.write(`${JSON.stringify(values, undefined, 2)}\n`)
    } else {
      const places = options.provenance === true
      process.stdout.write(configuration.toYaml({ places, ...(path === undefined ? {} : { path }) }))
    }
  } finally {
    await server.stop()
  }
}
