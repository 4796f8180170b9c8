import { readBlocks } from './markdown.js'

/** One command of a ```console block, with the output that the page shows below it. */
export interface ConsoleStep {
  /** Without the prompt; continuation lines included. */
  readonly command: string
  readonly output: string
  /** Line of the page, from 1, on which the command stands. */
  readonly line: number
}

export function readConsoleSteps(file: string): readonly ConsoleStep[] {
  return readBlocks(file)
    .filter(({ lang }) => lang === 'console')
    .flatMap(({ text, line: start }) => {
      const steps: { command: string; output: string; line: number }[] = []
      for (const [index, line] of text.split('\n').entries()) {
        const step = steps.at(-1)
        if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: '', line: start + index })
        else if (step?.output === '' && step.command.endsWith('\\')) step.command += `\n${line}`
        else if (step) step.output += `${line}\n`
      }
      return steps.map((step) => ({ ...step, output: step.output.trimEnd() }))
    })
}
