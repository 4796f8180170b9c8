import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { createTopology } from '@lokstra/core/testing'

import { describeReport } from './describe-report.js'
import { describeFindings } from './findings.js'
import { runChaos } from './run-chaos.js'

const usage = `npm run chaos -w samples/shop -- [--minutes 30] [--seed 7]

Lets clients buy while connections break, requests are lost and repeated, and servers are killed. Then all must be right.`

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '2' }, seed: { type: 'string' }, help: { type: 'boolean' } },
})
const minutes = Number(values.minutes)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e6) : Number(values.seed)
if (values.help || !(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.log(usage)
  process.exit(values.help ? 0 : 2)
}

const folder = await mkdtemp(join(tmpdir(), 'shop-chaos-'))
try {
  console.log(`seed ${seed}, ${minutes} min`)
  const topology = await createTopology({
    file: fileURLToPath(new URL('../../lokstra.yaml', import.meta.url)),
    deployment: 'microservices',
    mode: 'processes',
    // lokstra.chaos.yaml counts as well.
    env: { ...process.env, LOKSTRA_ENV: 'chaos', DATA_DIR: folder, DURABLE: 'false', LOG_LEVEL: 'warn' },
    faults: {
      seed,
      latency: 0.05,
      refused: 0.002,
      resetBefore: 0.01,
      resetAfter: 0.01,
      duplicate: 0.01,
      slowBody: 0.01,
      cutBody: 0.01,
    },
  })
  try {
    const report = await runChaos({
      topology,
      seed,
      durationMs: minutes * 60_000,
      atLeast: 20,
      thinksMs: 200,
      visitsEveryMs: 200,
      harm: {
        victims: ['users', 'catalog', 'orders', 'notifications'],
        laterVictims: ['users'],
        restarts: 0.25,
        everyMs: Math.max(1_000, Math.min(minutes * 2_000, 15_000)),
      },
      watchMs: 5_000,
      say: console.log,
    })
    console.log(`\n${describeReport(report)}\n`)
    const isRight = report.broken.length === 0
    const findings = describeFindings(report.broken, topology.servers)
    console.log(isRight ? 'All is right.' : `Wrong:\n${findings}\nAgain with --seed ${seed}`)
    process.exitCode = isRight ? 0 : 1
  } finally {
    await topology.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
