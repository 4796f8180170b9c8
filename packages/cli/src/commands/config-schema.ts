import { dirname, relative, resolve, sep } from 'node:path'
import type { Command } from 'commander'

import { inspect } from '../inspect.js'
import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

const defaultFile = 'lokstra.schema.json'

interface SchemaOptions extends ConfigurationOptions {
  /** True where the option has no value. */
  readonly out?: string | true
}

export function addConfigSchema(config: Command): void {
  const command = config
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .option('--out [file]', `write it to a file, ${defaultFile} unless one is named`)
    .addHelpText(
      'after',
      examples(
        ['lokstra config schema', 'print it'],
        ['lokstra config schema --out', `write ${defaultFile}, and say how an editor finds it`],
      ),
    )
    .action(schema)
  addConfigurationOptions(command)
}

/** Mistakes other than those of YAML do not matter: a schema is wanted while they are fixed. */
async function schema({ out, ...options }: SchemaOptions): Promise<void> {
  const text = formatJson(await inspect(options, (server) => server.configurationSchema()))
  if (out === undefined) {
    process.stdout.write(text)
    return
  }
  const { writeFile } = await import('node:fs/promises')
  const { config } = options
  const file = out === true ? defaultFile : out
  await writeFile(file, text)
  const fromConfig = relative(dirname(resolve(config)), resolve(file))
    .split(sep)
    .join('/')
  const reference = fromConfig.startsWith('.') ? fromConfig : `./${fromConfig}`
  process.stderr.write(
    `${file} is written. Editors find it by the first line of ${config}:\n\n# yaml-language-server: $schema=${reference}\n`,
  )
}
