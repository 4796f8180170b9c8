import { CommanderError, type Command } from 'commander'

import { formatJson } from './ui/format-json.js'

/** What the process exits with. */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2 } as const

/**
 * Runs the command that the words of a command line name, and sets the exit code: 1 for what a command throws, which is printed, as data
 * to standard output where the command was asked for `--json`; 2 for words that make no command. A command that has printed its mistakes itself sets 1 and returns.
 */
export async function run(program: Command, words: readonly string[]): Promise<void> {
  let running: Command | undefined
  program.hook('preAction', (_program, command) => {
    running = command
  })
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage
      return
    }
    const { describeBootFailure, hasColors, readBootProblems } = await import('@lokstra/core')
    if (running?.opts().json === true) {
      process.stdout.write(formatJson({ problems: readBootProblems(error) }))
    } else {
      process.stderr.write(`${describeBootFailure(error, { color: hasColors(process.stderr) })}\n`)
    }
    process.exitCode = exitCodes.failed
  }
}
