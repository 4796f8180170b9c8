import type { Options } from '../options.js'
import type { SampleOrder } from '../in-process/main.js'
import type { InProcessResult } from '../report/results.js'
import { BenchProcess } from './bench-process.js'
import type { Cores } from './cores.js'
import { stepSeconds } from './estimate.js'
import type { Steps } from './progress.js'
import { rotate } from './statistics.js'

/** How many samples of each task come before the first that counts. */
const warmUpRounds = 3

/** Binding and serialising without a server, in one process, the contenders in turn. */
export async function measureInProcess(
  options: Options,
  cores: Cores | undefined,
  progress: Steps,
): Promise<readonly InProcessResult[]> {
  const { rounds, sampleMs } = options
  // The published form has no files of single modules, and the serialiser no other door.
  await using process = new BenchProcess('in-process/main', { core: cores?.server, scripts: BenchProcess.built })
  await process.message()
  const tasks = await process.ask<(Omit<InProcessResult, 'nanoseconds'> & { title: string })[]>('list')
  const results = tasks.map((task, index) => ({ ...task, index, nanoseconds: [] as number[] }))
  for (let round = -warmUpRounds; round < rounds; round++) {
    const text = round < 0 ? 'in process: warming up' : `in process: round ${round + 1} of ${rounds}`
    progress.step(text, stepSeconds.inProcessRound(options))
    for (const { index, nanoseconds } of rotate(results, round + warmUpRounds)) {
      const order: SampleOrder = { index, milliseconds: sampleMs }
      const sample = await process.ask<{ nanoseconds: number }>(order)
      if (round >= 0) nanoseconds.push(sample.nanoseconds)
    }
  }
  return results.map(({ task, contender, title, nanoseconds }) => ({ task, contender, title, nanoseconds }))
}
