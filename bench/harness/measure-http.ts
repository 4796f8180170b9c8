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

/** Below it the server waited for requests, so that the load and not the server was measured. */
export const busyEnough = 0.95

/** Requests per second of each target under each workload: in each round all targets in turn, another one first each time. */
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
    for (const server of rotate(servers, round)) {
      progress.step(
        `${workload.title}: round ${round + 1} of ${rounds}, ${server.target.title}`,
        stepSeconds.window(options),
      )
      const before = await server.usage()
      const report = await load.run({ port: server.port, connections, requests, seconds })
      const after = await server.usage()
      const cpuMicros = after.cpuMicros - before.cpuMicros
      const result = results[servers.indexOf(server)]!
      result.requestsPerSecond.push(report.answered / report.seconds)
      result.cpuMicrosPerRequest.push(cpuMicros / report.answered)
      result.serverBusy.push(cpuMicros / (after.wallMicros - before.wallMicros))
      result.loadBusy.push(report.cpuSeconds / report.seconds)
    }
  }
  return results
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
