import { join } from 'node:path'

import { readProse } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'

/** What stands below a heading of a page, up to the next heading; blocks left out. */
export function sectionOf(page: string, heading: string): string {
  const lines = readProse(join(repositoryRoot, page))
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  if (start < 0) throw new Error(`${page} has no heading ${heading}`)
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line))
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n')
}

/** The rows of the tables in a section: the texts of their cells, without head and rule. */
export function readTable(page: string, heading: string): readonly (readonly string[])[] {
  const lines = sectionOf(page, heading).split('\n')
  const isRule = (line: string | undefined) => line !== undefined && /^\|[\s:|-]+\|$/.test(line)
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

/** What is written as code in a text. */
export function codesIn(text = ''): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
}
