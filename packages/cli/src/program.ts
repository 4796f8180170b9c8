import { styleText } from 'node:util'
import { Command } from 'commander'

import { addBuild } from './commands/build.js'
import { addCompletion } from './commands/completion.js'
import { addConfig } from './commands/config.js'
import { addContract } from './commands/contract.js'
import { addDev } from './commands/dev.js'
import { addInit } from './commands/init.js'
import { addNew } from './commands/new.js'
import { addRoutes } from './commands/routes.js'
import { addStart } from './commands/start.js'
import { addTopology } from './commands/topology.js'
import { addWhy } from './commands/why.js'
import { ownVersion } from './manifest.js'

interface CommandGroup {
  readonly heading: string
  /** Each adds one command, or a command with its subcommands. What a command runs is imported when it runs: help must be quick. */
  readonly commands: readonly ((program: Command) => void)[]
}

/** Every command, as `lokstra --help` shows them. */
const groups: readonly CommandGroup[] = [
  { heading: 'Write code:', commands: [addInit, addNew] },
  { heading: 'Run:', commands: [addDev, addBuild, addStart] },
  { heading: 'Look inside, starting nothing:', commands: [addRoutes, addConfig, addWhy] },
  { heading: 'Deploy:', commands: [addTopology, addContract] },
  { heading: 'Set up:', commands: [addCompletion] },
]

/** The `lokstra` command with all of its subcommands. */
export function createProgram(): Command {
  const program = new Command('lokstra')
    .description('Creates, runs and explains Lokstra servers.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .usage('<command> [options]')
    .exitOverride()
    // Commander leaves styles out where the output is no terminal, and where NO_COLOR says so.
    .configureHelp({
      styleTitle: (text) => styleText('bold', text),
      styleCommandText: (text) => styleText('cyan', text),
      styleSubcommandText: (text) => styleText('cyan', text),
      styleOptionText: (text) => styleText('cyan', text),
    })
  for (const { heading, commands } of groups) {
    program.commandsGroup(heading)
    for (const add of commands) add(program)
  }
  program.commandsGroup('Help:').helpCommand('help [command]', 'print the help of a command')
  pointToHelp(program, 'lokstra')
  return program
}

/** Whoever got the words of a command wrong is told where they are explained. */
function pointToHelp(command: Command, name: string): void {
  command.showHelpAfterError(`Run \`${name} --help\` for what there is.`)
  for (const subcommand of command.commands) pointToHelp(subcommand, `${name} ${subcommand.name()}`)
}
