import type { Options } from '../options.js'
import type { MemoryResult } from '../report/results.js'
import { workloads } from '../workloads.js'
import type { Cores } from './cores.js'
import { stepSeconds } from './estimate.js'
import { LoadProcess } from './load-process.js'
import type { Steps } from './progress.js'
import { rotate } from './statistics.js'
import { TargetServer } from './target-server.js'

type MemoryOptions = Pick<Options, 'targets' | 'memoryRounds' | 'memoryRequests' | 'connections'>

/** What a fresh process of each target holds after the same number of requests of all workloads, and a collection. */
export async function measureMemory(
  options: MemoryOptions,
  cores: Cores | undefined,
  progress: Steps,
): Promise<readonly MemoryResult[]> {
  const { targets, memoryRounds, memoryRequests } = options
  const results = targets.map(({ name }) => ({
    target: name,
    requests: memoryRequests,
    idleRssBytes: [] as number[],
    rssBytes: [] as number[],
    heapUsedBytes: [] as number[],
  }))
  await using load = new LoadProcess(cores?.load)
  for (let round = 0; round < memoryRounds; round++) {
    for (const target of rotate(targets, round)) {
      progress.step(`memory: round ${round + 1} of ${memoryRounds}, ${target.title}`, stepSeconds.memory(options))
      const { idle, loaded } = await memoryAfterLoad(target, load, options, cores)
      const result = results[targets.indexOf(target)]!
      result.idleRssBytes.push(idle.rssBytes)
      result.rssBytes.push(loaded.rssBytes)
      result.heapUsedBytes.push(loaded.heapUsedBytes)
    }
  }
  return results
}

async function memoryAfterLoad(
  target: Options['targets'][number],
  load: LoadProcess,
  { memoryRequests, connections }: MemoryOptions,
  cores: Cores | undefined,
) {
  await using server = new TargetServer(target, { core: cores?.server })
  await server.ready()
  const idle = await server.memory()
  for (const { exchanges } of workloads) {
    const requests = exchanges.map(({ request, expected }) => ({ ...request, status: expected.status }))
    await load.run({ port: server.port, connections, requests, count: Math.ceil(memoryRequests / workloads.length) })
  }
  return { idle, loaded: await server.memory() }
}
