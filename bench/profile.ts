import { mkdirSync, writeFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { findCores } from './harness/cores.js'
import { LoadProcess } from './harness/load-process.js'
import { withServers } from './harness/target-server.js'
import { selfTimes } from './report/self-times.js'
import { targets } from './targets.js'
import { workloads } from './workloads.js'

const connections = 64
const warmUpSeconds = 2
const folder = fileURLToPath(new URL('../../bench/results/profiles/', import.meta.url))
const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name).join(', ')

const usage = `npm run bench:profile -- target workload [--seconds n] [--lines n]

Where a server spends its time under load, in microseconds of CPU for one request. The profile is kept for a viewer as well.
  target     ${names(targets)}
  workload   ${names(workloads)}
`

/** Profiles one target under one workload. */
async function main(targetName: string, workloadName: string, seconds: number, lines: number): Promise<void> {
  const target = targets.find(({ name }) => name === targetName)
  const workload = workloads.find(({ name }) => name === workloadName)
  if (!target || !workload) throw new Error(usage)
  const cores = findCores()
  const requests = workload.exchanges.map(({ request, expected }) => ({ ...request, status: expected.status }))
  await withServers([target], { core: cores?.server }, async ([server]) => {
    const load = new LoadProcess(cores?.load)
    try {
      const order = { port: server!.port, connections, requests }
      await load.run({ ...order, seconds: warmUpSeconds })
      await server!.startProfile()
      const { answered } = await load.run({ ...order, seconds })
      const profile = await server!.stopProfile()
      process.stdout.write(`${report(profile, answered, lines)}\n\n${keep(profile, `${targetName}-${workloadName}`)}\n`)
    } finally {
      await load[Symbol.asyncDispose]()
    }
  })
}

function report(profile: Profiler.Profile, requests: number, lines: number): string {
  const rows = selfTimes(profile).map(({ place, micros }) => ({ place, perRequest: micros / requests }))
  const total = rows.reduce((sum, { perRequest }) => sum + perRequest, 0)
  return [
    `${total.toFixed(2).padStart(8)}  µs for one request, ${requests} requests`,
    ...rows.slice(0, lines).map(({ place, perRequest }) => `${perRequest.toFixed(2).padStart(8)}  ${place}`),
  ].join('\n')
}

/** Gives the file's name. */
function keep(profile: Profiler.Profile, name: string): string {
  mkdirSync(folder, { recursive: true })
  const file = `${folder}${name}.cpuprofile`
  writeFileSync(file, JSON.stringify(profile))
  return file
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '5' }, lines: { type: 'string', default: '30' } },
  })
  await main(positionals[0] ?? '', positionals[1] ?? '', Number(values.seconds), Number(values.lines))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
