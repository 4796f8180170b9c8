import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { toChart } from './chart.js'
import { toMarkdown } from './markdown.js'
import type { Results } from './results.js'

const begin = '<!-- results: written by npm run bench -- --write-docs -->'
const end = '<!-- end of results -->'

/** Writes `results.json`, `results.md` and `chart.svg` into a folder. */
export function writeResults(results: Results, folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(folder, 'results.md'), `${toMarkdown(results)}\n`)
  if (results.http.length > 0) writeFileSync(join(folder, 'chart.svg'), toChart(results))
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
