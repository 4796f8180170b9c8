import type { Options } from '../options.js'
import type { HttpResult } from '../report/results.js'
import { probes, type Workload } from '../workloads.js'
import { compareAnswers } from './compare-answers.js'
import type { Cores } from './cores.js'
import { stepSeconds } from './estimate.js'
import { LoadProcess } from './load-process.js'
import type { Steps } from './progress.js'
import { rotate } from './statistics.js'
import { withServers, type TargetServer } from './target-server.js'
import { turnsOfRound } from './turns.js'

/** Below it the server waited for requests, so that the load and not the server was measured. */
export const busyEnough = 0.95

/** Requests per second of each target under each workload: in each turn all targets, another one first each time. */
export async function measureHttp(
  options: Options,
  cores: Cores | undefined,
  progress: Steps,
): Promise<readonly HttpResult[]> {
  return withServers(options.targets, { core: cores?.server }, async (servers) => {
    const differences = await Promise.all(servers.map((server) => compareAnswers(server, options.workloads, probes)))
    if (differences.flat().length > 0)
      throw new Error(`The targets do not answer alike.\n${differences.flat().join('\n')}`)
    const load = new LoadProcess(cores?.load)
    try {
      const results: HttpResult[] = []
      for (const workload of options.workloads) {
        results.push(...(await measureWorkload(workload, servers, load, options, progress)))
      }
      return results
    } finally {
      await load[Symbol.asyncDispose]()
    }
  })
}

async function measureWorkload(
  workload: Workload,
  servers: readonly TargetServer[],
  load: LoadProcess,
  options: Options,
  progress: Steps,
): Promise<readonly HttpResult[]> {
  const { rounds, seconds, warmUpSeconds, connections } = options
  const requests = workload.exchanges.map(({ request, expected }) => ({ ...request, status: expected.status }))
  const results = servers.map(({ target }) => emptyResult(workload.name, target.name))
  for (const server of servers) {
    progress.step(`${workload.title}: warming up ${server.target.title}`, stepSeconds.warmUp(options))
    await load.run({ port: server.port, connections, requests, seconds: warmUpSeconds })
  }
  for (let round = 0; round < rounds; round++) {
    progress.step(`${workload.title}: round ${round + 1} of ${rounds}`, servers.length * stepSeconds.round(options))
    const sums = servers.map(emptySum)
    for (let turn = 0; turn < turnsOfRound; turn++) {
      for (const index of rotate([...servers.keys()], round + turn)) {
        const server = servers[index]!
        const before = await server.usage()
        const report = await load.run({ port: server.port, connections, requests, seconds: seconds / turnsOfRound })
        const after = await server.usage()
        const sum = sums[index]!
        sum.answered += report.answered
        sum.seconds += report.seconds
        sum.loadCpuSeconds += report.cpuSeconds
        sum.cpuMicros += after.cpuMicros - before.cpuMicros
      }
    }
    for (const [index, sum] of sums.entries()) {
      const result = results[index]!
      result.requestsPerSecond.push(sum.answered / sum.seconds)
      result.cpuMicrosPerRequest.push(sum.cpuMicros / sum.answered)
      result.serverBusy.push(sum.cpuMicros / 1e6 / sum.seconds)
      result.loadBusy.push(sum.loadCpuSeconds / sum.seconds)
    }
  }
  return results
}

/** Of the turns of one round. */
function emptySum() {
  return { answered: 0, seconds: 0, loadCpuSeconds: 0, cpuMicros: 0 }
}

function emptyResult(workload: string, target: string) {
  const none = (): number[] => []
  return {
    workload,
    target,
    requestsPerSecond: none(),
    cpuMicrosPerRequest: none(),
    serverBusy: none(),
    loadBusy: none(),
  }
}
