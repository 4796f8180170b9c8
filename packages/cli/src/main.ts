import { readFileSync } from 'node:fs'
import type { DescribeOptions } from '@lokstra/core'
import { Command } from 'commander'

import { routes } from './commands/routes.js'
import { start } from './commands/start.js'
import { endWithReader } from './reader.js'

endWithReader()

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('lokstra')
  .description('Runs and explains Lokstra servers.')
  .version(manifest.version)
  .showHelpAfterError('Run `lokstra --help` for what there is.')
  .showSuggestionAfterError()

program
  .command('start')
  .description('start the server that a configuration describes')
  .option('-c, --config <file>', 'configuration to read', 'lokstra.yaml')
  .action((options: { config: string }) => start(options.config))

program
  .command('routes')
  .description('print every route and what runs for it, without starting anything')
  .option('-c, --config <file>', 'configuration to read', 'lokstra.yaml')
  .option('--plan', 'print the whole contract of each operation')
  .option('--code', 'print the code that is emitted for each contract as well')
  .action(({ config, ...options }: { config: string } & DescribeOptions) => routes(config, options))

await program.parseAsync()
