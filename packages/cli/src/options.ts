import type { Command } from 'commander'

/** What every command that reads a configuration is told about it. */
export interface ConfigurationOptions {
  readonly config: string
}

/** Adds the options that say which configuration a command reads, and what is laid over it. */
export function addConfigurationOptions(command: Command): Command {
  return command.option('-c, --config <file>', 'configuration to read', 'lokstra.yaml')
}
