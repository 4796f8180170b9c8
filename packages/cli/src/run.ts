import { CommanderError, type Command } from 'commander'

/** What the process exits with. */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2 } as const

/**
 * Runs the command that the words of a command line name, and sets the exit code: 1 for what a command throws, which is printed, 2 for
 * words that make no command. A command that has printed its mistakes itself sets 1 and returns.
 */
export async function run(program: Command, words: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage
      return
    }
    const { describeBootFailure } = await import('@lokstra/core')
    process.stderr.write(`${describeBootFailure(error)}\n`)
    process.exitCode = exitCodes.failed
  }
}
