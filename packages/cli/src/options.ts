import { resolve } from 'node:path'
import type { ServerOptions } from '@lokstra/core'
import type { Command } from 'commander'

/** What every command that reads a configuration is told about it. */
export interface ConfigurationOptions {
  readonly config: string
  readonly env?: string
  readonly server?: string
  readonly set?: readonly string[]
}

/** Adds the options that say which configuration a command reads, and what is laid over it. */
export function addConfigurationOptions(command: Command): Command {
  return addTopologyOptions(command).option(
    '--server <name>',
    'the server of a deployment, such as shop.users (default: all in one process)',
  )
}

/** The same for commands that are about all servers of deployments. */
export function addTopologyOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration to read, or a folder that holds one', 'lokstra.yaml')
    .option('--env <name>', 'whose environment files are read (default: LOKSTRA_ENV, NODE_ENV, or development)')
    .option(
      '--set <path=value>',
      'a value over those of files and variables, such as apps.api.listen=:4000; may be repeated',
      collect,
    )
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value]
}

/** The same for `createServer`. */
export function serverOptions({
  config,
  env,
  server,
  set,
}: ConfigurationOptions): ServerOptions & { readonly file: string } {
  return {
    file: resolve(config),
    ...(env === undefined ? {} : { environment: env }),
    ...(server === undefined ? {} : { server }),
    ...(set === undefined ? {} : { set }),
  }
}

/** The same as words of a command line. */
export function optionsAsWords({
  file,
  environment,
  set = [],
}: ServerOptions & { readonly file: string }): readonly string[] {
  return [
    ...['--config', file],
    ...(environment === undefined ? [] : ['--env', environment]),
    ...set.flatMap((value) => ['--set', value]),
  ]
}

/** The same for all servers of all deployments. */
export function topologyOptions(options: ConfigurationOptions): ServerOptions & { readonly file: string } {
  const { server: _, ...rest } = serverOptions(options)
  return rest
}
