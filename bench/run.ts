import { fileURLToPath } from 'node:url'

import { BenchProcess } from './harness/bench-process.js'
import { measure } from './harness/measure.js'
import { PublishedCore } from './harness/published-core.js'
import { readOptions, usage, type Options } from './options.js'
import { Analysis } from './report/analysis.js'
import { goals, isMet } from './report/goals.js'
import { toMarkdown } from './report/markdown.js'
import type { Results } from './report/results.js'
import { readResults, writeDocs, writeResults } from './report/write-report.js'

const repository = fileURLToPath(new URL('../../', import.meta.url))
/** The run that docs/performance.md shows. */
const kept = `${repository}bench/results/results.json`
/** Any other run: it is not committed. */
const latest = `${repository}bench/results/latest.json`

async function main(options: Options): Promise<void> {
  const results = options.report ? readResults(kept) : await measureAndKeep(options)
  if (options.report || options.writeDocs) {
    writeDocs(results, `${repository}docs/performance.md`, `${repository}docs/performance.svg`)
  }
  const isMissed = goals(new Analysis(results)).some((goal) => isMet(goal) === false)
  if (options.strict && isMissed) process.exitCode = 1
}

async function measureAndKeep(options: Options): Promise<Results> {
  await using published = await PublishedCore.stage()
  BenchProcess.scripts = published.scripts
  const results = await measure(options)
  writeResults(results, options.writeDocs ? kept : latest)
  process.stdout.write(`${toMarkdown(results)}\n`)
  if (!results.settings.isPinned) {
    process.stdout.write(
      '\nServer and load were not bound to cores of their own (no taskset, or one core): ratios are blurred.\n',
    )
  }
  return results
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(usage)
  else await main(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
