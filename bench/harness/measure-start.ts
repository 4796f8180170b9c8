import type { Options } from '../options.js'
import type { StartResult } from '../report/results.js'
import { BenchProcess } from './bench-process.js'
import type { Cores } from './cores.js'
import { stepSeconds } from './estimate.js'
import type { Steps } from './progress.js'
import { rotate } from './statistics.js'

const startSizes = [0, 1000] as const

/** Milliseconds from creating the process until it listens, of each target with and without operations, in turn. */
export async function measureStart(
  options: Options,
  cores: Cores | undefined,
  progress: Steps,
): Promise<readonly StartResult[]> {
  const { targets, spawns } = options
  const results = targets.flatMap((target) =>
    startSizes.map((operations) => ({ target, operations, milliseconds: [] as number[] })),
  )
  // The first start of each reads its files from the disk; it is not counted.
  for (let round = -1; round < spawns; round++) {
    for (const result of rotate(results, Math.max(round, 0))) {
      const { target, operations, milliseconds } = result
      progress.step(`start: ${target.title} with ${operations} operations`, stepSeconds.spawn())
      const taken = await startOnce(`targets/${target.start}`, operations, cores?.server)
      if (round >= 0) milliseconds.push(taken)
    }
  }
  return results.map((result) => ({ ...result, target: result.target.name }))
}

async function startOnce(script: string, operations: number, core: number | undefined): Promise<number> {
  const begun = performance.now()
  await using process = new BenchProcess(script, { core, args: [String(operations)] })
  await process.message()
  return performance.now() - begun
}
