import { relative } from 'node:path'
import type { Command } from 'commander'

import { inspect } from '../inspect.js'
import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { columns } from '../ui/columns.js'
import { count } from '../ui/count.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface CheckOptions extends ConfigurationOptions {
  readonly json?: true
}

export function addConfigCheck(config: Command): void {
  const command = config
    .command('check')
    .description('check all that a start checks, starting nothing')
    .option('--json', 'print JSON: what was read, or the problems')
    .addHelpText(
      'after',
      examples(
        ['lokstra config check', 'configuration, classes and routes; exit code 1 with a report of every mistake'],
        ['lokstra config check --env production --server shop.users', 'as this server will start in production'],
      ),
    )
    .action(check)
  addConfigurationOptions(command)
}

/** Mistakes are thrown, all at once. */
async function check(options: CheckOptions): Promise<void> {
  const { apps, environment, files } = await inspect(options, async (server) => {
    const operations = await server.operations()
    const { environment, files } = await server.configuration()
    return { apps: operations, environment, files }
  })
  const summary = {
    environment,
    ...(options.server === undefined ? {} : { server: options.server }),
    files: files.map((file) => relative(process.cwd(), file) || file),
    apps: apps.map(({ app, operations }) => ({ name: app, operations: operations.length })),
  }
  process.stdout.write(options.json ? formatJson(summary) : describe(summary))
}

interface Summary {
  readonly environment: string
  readonly server?: string
  readonly files: readonly string[]
  readonly apps: readonly { readonly name: string; readonly operations: number }[]
}

function describe({ environment, server, files, apps }: Summary): string {
  const rows: (readonly [label: string, value: string])[] = [
    ['environment', environment],
    ...(server === undefined ? [] : [['server', server] as const]),
    ...files.map((file, index) => [index === 0 ? 'files' : '', file] as const),
    ...apps.map(
      ({ name, operations }, index) =>
        [index === 0 ? 'apps' : '', `${name}, ${count(operations, 'operation')}`] as const,
    ),
  ]
  return `${['The configuration is valid.', ...columns(rows)].join('\n')}\n`
}
