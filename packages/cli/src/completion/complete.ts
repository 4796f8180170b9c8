import type { Argument, Command, Option } from 'commander'

import { valuesOf } from './values.js'

/**
 * What the last word of a command line may become.
 * @param words  behind `lokstra`; the last is the one under the cursor, empty where it is yet to be begun
 * @returns words that begin like it. Empty also where nothing is known: the shell then offers files
 */
export async function complete(program: Command, words: readonly string[]): Promise<readonly string[]> {
  const begun = words.at(-1) ?? ''
  const { command, path, values, openOption } = follow(program, words.slice(0, -1))
  const candidates = openOption
    ? await valuesOf(openOption.long ?? '', openOption.argChoices, { path, values, words })
    : begun.startsWith('-')
      ? optionsOf(command)
      : await wordsOf(command, path, values, words)
  return candidates.filter((candidate) => candidate.startsWith(begun))
}

/** Where a command line has got to. */
interface Position {
  readonly command: Command
  /** Names of the commands, such as `why route`. */
  readonly path: string
  /** Arguments of the command so far. */
  readonly values: readonly string[]
  /** The option whose value comes next. */
  readonly openOption: Option | undefined
}

function follow(program: Command, words: readonly string[]): Position {
  let command = program
  const names: string[] = []
  const values: string[] = []
  let openOption: Option | undefined
  for (const word of words) {
    if (openOption) {
      openOption = undefined
    } else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short)
      if (option?.required) openOption = option
    } else {
      const next = values.length === 0 ? command.commands.find((one) => one.name() === word) : undefined
      if (next) {
        command = next
        names.push(word)
      } else {
        values.push(word)
      }
    }
  }
  return { command, path: names.join(' '), values, openOption }
}

function optionsOf(command: Command): readonly string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long }) => long ?? [])
}

async function wordsOf(
  command: Command,
  path: string,
  values: readonly string[],
  words: readonly string[],
): Promise<readonly string[]> {
  const commands = command.createHelp().visibleCommands(command)
  if (commands.length > 0) return values.length === 0 ? commands.map((one) => one.name()) : []
  const argument: Argument | undefined = command.registeredArguments[values.length] ?? variadic(command)
  return argument ? valuesOf(argument.name(), argument.argChoices, { path, values, words }) : []
}

function variadic({ registeredArguments }: Command): Argument | undefined {
  return registeredArguments.find((argument) => argument.variadic)
}
