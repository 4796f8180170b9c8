import type { DescribeOptions } from '@lokstra/core'
import type { Command } from 'commander'

import { inspect } from '../inspect.js'
import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface RoutesOptions extends ConfigurationOptions, DescribeOptions {
  readonly json?: boolean
}

export function addRoutes(program: Command): void {
  const command = program
    .command('routes')
    .description('print every route and what runs for it')
    .option('--plan', 'print the whole contract of each operation')
    .option('--code', 'print the code that is emitted for each contract as well')
    .option('--json', 'print the routes, or what is wrong, as JSON')
    .addHelpText(
      'after',
      examples(
        ['lokstra routes', 'each route with its middleware and handler'],
        ['lokstra routes --plan', 'with input, rules, output, errors and time limit'],
        ['lokstra routes > /dev/null', 'check configuration and classes before a deployment'],
      ),
    )
    .action(routes)
  addConfigurationOptions(command)
}

async function routes({ plan, code, json, ...options }: RoutesOptions): Promise<void> {
  if (json) process.stdout.write(formatJson({ apps: await inspect(options, (server) => server.routes()) }))
  else process.stdout.write(`${await inspect(options, (server) => server.describeRoutes({ plan, code }))}\n`)
}
