import { styleText } from 'node:util'

/** A command line, and what it is good for. */
export type Example = readonly [line: string, meaning: string]

/** The part of a command's help that shows it in use. */
export function examples(...lines: readonly Example[]): string {
  const width = Math.max(...lines.map(([line]) => line.length))
  const rows = lines.map(([line, meaning]) => `  ${styleText('cyan', line.padEnd(width))}  ${meaning}`)
  return `\n${styleText('bold', 'Examples:')}\n${rows.join('\n')}`
}
