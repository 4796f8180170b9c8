import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { toChart } from './chart.js'
import { toMarkdown } from './markdown.js'
import type { Results } from './results.js'

const begin = '<!-- results: written by npm run bench -- --write-docs -->'
const end = '<!-- end of results -->'

export function writeResults(results: Results, file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}

export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results
}

/** Puts the tables between the marks of a page, and the chart where the page shows it. */
export function writeDocs(results: Results, page: string, chart: string): void {
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no marks for the results: ${begin} and ${end}`)
  writeFileSync(page, `${text.slice(0, from)}${begin}\n\n${toMarkdown(results)}\n\n${text.slice(to)}`)
  mkdirSync(dirname(chart), { recursive: true })
  writeFileSync(chart, toChart(results))
}
