import { mkdirSync, writeFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { findCores } from './harness/cores.js'
import { LoadProcess } from './harness/load-process.js'
import { withServers } from './harness/target-server.js'
import { positive } from './options.js'
import { selfTimes } from './report/self-times.js'
import { targets } from './targets.js'
import { workloads } from './workloads.js'

const connections = 64
const warmUpSeconds = 2
const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name).join(', ')

const usage = `npm run bench:profile -- target workload [--seconds n] [--lines n] [--folder path]

Where a server spends its time under load, in microseconds of CPU for one request. The profile itself is kept for a viewer,
in bench/results/profiles unless another folder is named.
  target     ${names(targets)}
  workload   ${names(workloads)}
`

interface ProfileOptions {
  readonly seconds: number
  readonly lines: number
  readonly folder: string
}

/** Profiles one target under one workload. */
async function main(targetName: string, workloadName: string, options: ProfileOptions): Promise<void> {
  const { seconds, lines, folder } = options
  const target = targets.find(({ name }) => name === targetName)
  const workload = workloads.find(({ name }) => name === workloadName)
  if (!target || !workload) throw new Error(usage)
  const cores = findCores()
  const requests = workload.exchanges.map(({ request, expected }) => ({ ...request, status: expected.status }))
  await withServers([target], { core: cores?.server }, async ([server]) => {
    await using load = new LoadProcess(cores?.load)
    const order = { port: server!.port, connections, requests }
    await load.run({ ...order, seconds: warmUpSeconds })
    await server!.startProfile()
    const { answered } = await load.run({ ...order, seconds })
    const profile = await server!.stopProfile()
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `${targetName}-${workloadName}.cpuprofile`)
    writeFileSync(file, JSON.stringify(profile))
    process.stdout.write(`${report(profile, answered, lines)}\n\n${file}\n`)
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

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '5' },
      lines: { type: 'string', default: '30' },
      folder: { type: 'string', default: fileURLToPath(new URL('../../bench/results/profiles', import.meta.url)) },
    },
  })
  const [target = '', workload = ''] = positionals
  const { folder } = values
  const [seconds, lines] = [positive('seconds', values.seconds), positive('lines', values.lines)]
  await main(target, workload, { seconds, lines, folder })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
