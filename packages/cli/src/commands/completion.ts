import { Argument, type Command } from 'commander'

import { scripts, shells, type Shell } from '../completion/scripts.js'
import { examples } from '../ui/examples.js'

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which one completes').choices(shells))
    .description('print what makes a shell complete the words of lokstra')
    .addHelpText(
      'after',
      examples(
        ['lokstra completion bash >> ~/.bashrc', 'completes from the next bash on; zsh in the same way'],
        ['lokstra completion fish > ~/.config/fish/completions/lokstra.fish', 'the same for fish'],
      ),
    )
    .action((shell: Shell) => {
      process.stdout.write(scripts[shell])
    })
  // What the scripts ask.
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .description('print what the last word may become')
    .action(async (words: readonly string[]) => {
      const { complete } = await import('../completion/complete.js')
      const candidates = await complete(program, words)
      process.stdout.write(candidates.map((candidate) => `${candidate}\n`).join(''))
    })
}
