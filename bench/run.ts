import { fileURLToPath } from 'node:url'

import { measure } from './harness/measure.js'
import { readOptions, usage, type Options } from './options.js'
import { Analysis } from './report/analysis.js'
import { goals, isMet } from './report/goals.js'
import { toMarkdown } from './report/markdown.js'
import { writeDocs, writeResults } from './report/write-report.js'

const repository = fileURLToPath(new URL('../../', import.meta.url))

async function main(options: Options): Promise<void> {
  const results = await measure(options)
  writeResults(results, `${repository}bench/results`)
  process.stdout.write(`${toMarkdown(results)}\n`)
  if (!results.settings.isPinned) {
    process.stdout.write(
      '\nServer and load were not bound to cores of their own (no taskset, or one core): ratios are blurred.\n',
    )
  }
  if (options.writeDocs) writeDocs(results, `${repository}docs/performance.md`, `${repository}docs/performance.svg`)
  const isMissed = goals(new Analysis(results)).some((goal) => isMet(goal) === false)
  if (options.strict && isMissed) process.exitCode = 1
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(usage)
  else await main(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
