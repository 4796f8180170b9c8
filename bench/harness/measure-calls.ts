import type { CallOrder, CallSample, CallWay } from '../calls/caller.js'
import type { Options } from '../options.js'
import type { CallResult } from '../report/results.js'
import type { Usage } from '../targets/serve.js'
import { BenchProcess } from './bench-process.js'
import type { Cores } from './cores.js'
import { stepSeconds } from './estimate.js'
import type { Steps } from './progress.js'
import { rotate } from './statistics.js'
import { turnsOfRound } from './turns.js'

/** Calls of one service in all ways, in turn: both servers on one core, what calls them on another. */
export async function measureCalls(
  options: Options,
  cores: Cores | undefined,
  progress: Steps,
): Promise<readonly CallResult[]> {
  const { rounds, seconds, warmUpSeconds } = options
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
  progress.step('calls: warming up', results.length * stepSeconds.warmUp(options))
  for (const { way } of results) await caller.ask<CallSample>({ way, milliseconds: warmUpSeconds * 1000 })
  for (let round = 0; round < rounds; round++) {
    progress.step(`calls: round ${round + 1} of ${rounds}`, results.length * seconds)
    const taken = results.map(() => ({ calls: 0, nanoseconds: 0, callerMicros: 0, calleeMicros: 0 }))
    for (let turn = 0; turn < turnsOfRound; turn++) {
      for (const index of rotate([...results.keys()], round + turn)) {
        const { way, callee } = results[index]!
        const sums = taken[index]!
        const before = await callee?.ask<Usage>('usage')
        const order: CallOrder = { way, milliseconds: (1000 * seconds) / turnsOfRound }
        const { calls, nanoseconds, cpuMicros } = await caller.ask<CallSample>(order)
        const after = await callee?.ask<Usage>('usage')
        sums.calls += calls
        sums.nanoseconds += nanoseconds
        sums.callerMicros += cpuMicros
        if (before && after) sums.calleeMicros += after.cpuMicros - before.cpuMicros
      }
    }
    for (const [index, { callee, nanoseconds, callerMicros, calleeMicros }] of results.entries()) {
      const sums = taken[index]!
      nanoseconds.push(sums.nanoseconds / sums.calls)
      callerMicros.push(sums.callerMicros / sums.calls)
      if (callee) calleeMicros.push(sums.calleeMicros / sums.calls)
    }
  }
  return results.map(({ way, title, nanoseconds, callerMicros, calleeMicros }) => {
    return { way, title, nanoseconds, callerMicros, calleeMicros }
  })
}
