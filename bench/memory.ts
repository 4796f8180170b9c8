import { parseArgs } from 'node:util'

import { BenchProcess } from './harness/bench-process.js'
import { findCores } from './harness/cores.js'
import { stepSeconds } from './harness/estimate.js'
import { measureMemory } from './harness/measure-memory.js'
import { Progress } from './harness/progress.js'
import { PublishedCore } from './harness/published-core.js'
import { spreadOf } from './harness/statistics.js'
import { positive } from './options.js'
import { markdownTable } from './report/table.js'
import type { MemoryResult } from './report/results.js'
import { targets, type Target } from './targets.js'

const usage = `npm run bench:memory -- [--rounds n] [--requests n]

What the memory of the Lokstra target is made of: the hand-written server with one thing more in each line, under the same load.
`

/** Each has what the one before it has. The load goes to the hand-written server, but for the last, where Lokstra answers. */
const steps: readonly Target[] = [
  { ...target('node-http'), title: 'node:http by hand' },
  step('class-validator', 'classes with rules of class-validator'),
  step('core', 'Lokstra, imported'),
  step('five-operations', 'a server with 5 operations, idle'),
  step('all-operations', '500 operations more, idle'),
  { ...target('lokstra'), title: 'Lokstra answers the requests' },
]

function target(name: string): Target {
  return targets.find((one) => one.name === name)!
}

function step(name: string, title: string): Target {
  return { name, title, server: `memory-steps/${name}`, start: '' }
}

async function main(memoryRounds: number, memoryRequests: number): Promise<void> {
  const options = { targets: steps, memoryRounds, memoryRequests, connections: 64 }
  const progress = new Progress(memoryRounds * steps.length * stepSeconds.memory(options))
  await using published = await PublishedCore.stage()
  BenchProcess.scripts = published.scripts
  try {
    process.stdout.write(`${report(await measureMemory(options, findCores(), progress))}\n`)
  } finally {
    progress.end()
  }
}

function report(results: readonly MemoryResult[]): string {
  const header = ['', 'MiB', 'more than the line above', 'V8 heap in use']
  const rows = results.map(({ rssBytes, heapUsedBytes }, index) => {
    const mebibytes = median(rssBytes)
    const above = results[index - 1]
    return [
      steps[index]!.title,
      mebibytes.toFixed(1),
      above ? (mebibytes - median(above.rssBytes)).toFixed(1) : '–',
      median(heapUsedBytes).toFixed(1),
    ]
  })
  return markdownTable(header, rows)
}

function median(bytes: readonly number[]): number {
  return spreadOf(bytes).median / 1024 / 1024
}

try {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      requests: { type: 'string', default: '28000' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(usage)
  else await main(Math.ceil(positive('rounds', values.rounds)), Math.ceil(positive('requests', values.requests)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
