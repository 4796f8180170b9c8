import type { CallOrder, CallSample, CallWay } from '../calls/caller.js'
import type { Options } from '../options.js'
import type { CallResult } from '../report/results.js'
import type { Usage } from '../targets/serve.js'
import { BenchProcess } from './bench-process.js'
import type { Cores } from './cores.js'
import { stepSeconds } from './estimate.js'
import type { Steps } from './progress.js'
import { rotate } from './statistics.js'

/** How many samples of each way come before the first that counts: that many calls are made until their code is compiled for good. */
const warmUpRounds = 6

/** Calls of one service in all ways, in turn: both servers on one core, what calls them on another. */
export async function measureCalls(
  options: Options,
  cores: Cores | undefined,
  progress: Steps,
): Promise<readonly CallResult[]> {
  const { rounds, sampleMs } = options
  await using byHand = new BenchProcess('targets/node-http/server', { core: cores?.server })
  await using callee = new BenchProcess('calls/callee', { core: cores?.server })
  const [{ port: handWrittenPort }, { port: calleePort }] = await Promise.all([
    byHand.message<{ port: number }>(),
    callee.message<{ port: number }>(),
  ])
  const args = [String(handWrittenPort), String(calleePort)]
  await using caller = new BenchProcess('calls/caller', { core: cores?.load, args })
  await caller.message()
  const ways = await caller.ask<CallWay[]>('list')
  const callees = { 'hand-written': byHand, lokstra: callee }
  const results = ways.map(({ name, title, callee }) => ({
    way: name,
    title,
    callee: callee && callees[callee],
    nanoseconds: [] as number[],
    callerMicros: [] as number[],
    calleeMicros: [] as number[],
  }))
  for (let round = -warmUpRounds; round < rounds; round++) {
    const text = round < 0 ? 'calls: warming up' : `calls: round ${round + 1} of ${rounds}`
    progress.step(text, stepSeconds.callRound(options))
    for (const { way, callee, nanoseconds, callerMicros, calleeMicros } of rotate(results, round + warmUpRounds)) {
      const order: CallOrder = { way, milliseconds: 2 * sampleMs }
      const before = await callee?.ask<Usage>('usage')
      const sample = await caller.ask<CallSample>(order)
      const after = await callee?.ask<Usage>('usage')
      if (round < 0) continue
      nanoseconds.push(sample.nanoseconds)
      callerMicros.push(sample.cpuMicros)
      if (before && after) calleeMicros.push((after.cpuMicros - before.cpuMicros) / sample.calls)
    }
  }
  return results.map(({ way, title, nanoseconds, callerMicros, calleeMicros }) => {
    return { way, title, nanoseconds, callerMicros, calleeMicros }
  })
}
