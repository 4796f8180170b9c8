import type { Options, Section } from '../options.js'
import { turnsOfRound } from './turns.js'

/** Seconds that one step of each kind takes on an ordinary machine: only the display of the time left depends on them. */
export const stepSeconds = {
  warmUp: ({ warmUpSeconds }: Options) => warmUpSeconds + 0.1,
  /** To connect before each turn takes about a tenth of a second. */
  round: ({ seconds }: Options) => seconds + turnsOfRound * 0.1,
  spawn: () => 0.6,
  memory: ({ memoryRequests }: Pick<Options, 'memoryRequests'>) => 1 + memoryRequests * 0.00025,
  devStart: () => 6,
  save: () => 2.5,
  inProcessRound: ({ sampleMs }: Options) => (20 * sampleMs) / 1000,
}

/** That `calls/caller.ts` has. */
const waysToCall = 5

export function expectedSeconds(options: Options): number {
  const { targets, workloads, rounds, seconds, spawns, saves, memoryRounds, sections } = options
  const bySection: Readonly<Record<Section, number>> = {
    http: targets.length * workloads.length * (stepSeconds.warmUp(options) + rounds * stepSeconds.round(options)),
    start: (spawns + 1) * targets.length * 2 * stepSeconds.spawn(),
    memory: memoryRounds * targets.length * stepSeconds.memory(options),
    dev: stepSeconds.devStart() + saves * stepSeconds.save(),
    calls: 2 + waysToCall * (stepSeconds.warmUp(options) + rounds * seconds),
    'in-process': (rounds + 3) * stepSeconds.inProcessRound(options),
  }
  return sections.reduce((sum, section) => sum + bySection[section], 0)
}
