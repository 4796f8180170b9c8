import type { Options, Section } from '../options.js'
import type { Results } from '../report/results.js'
import { findCores } from './cores.js'
import { expectedSeconds } from './estimate.js'
import { describeMachine, libraryVersions } from './machine.js'
import { measureCalls } from './measure-calls.js'
import { measureDev } from './measure-dev.js'
import { measureHttp } from './measure-http.js'
import { measureInProcess } from './measure-in-process.js'
import { measureMemory } from './measure-memory.js'
import { measureStart } from './measure-start.js'
import { Progress } from './progress.js'

/** Everything that the options ask for, one after the other. */
export async function measure(options: Options): Promise<Results> {
  const cores = findCores()
  const { rounds, seconds, warmUpSeconds, connections, spawns, memoryRounds, memoryRequests, sampleMs } = options
  const isAsked = (section: Section) => options.sections.includes(section)
  const progress = new Progress(expectedSeconds(options))
  try {
    return {
      machine: describeMachine(),
      settings: {
        rounds,
        seconds,
        warmUpSeconds,
        connections,
        spawns,
        memoryRounds,
        memoryRequests,
        sampleMs,
        isPinned: cores !== undefined,
      },
      versions: libraryVersions(),
      inProcess: isAsked('in-process') ? await measureInProcess(options, cores, progress) : [],
      calls: isAsked('calls') ? await measureCalls(options, cores, progress) : [],
      dev: isAsked('dev') ? await measureDev(options, progress) : [],
      start: isAsked('start') ? await measureStart(options, cores, progress) : [],
      memory: isAsked('memory') ? await measureMemory(options, cores, progress) : [],
      http: isAsked('http') ? await measureHttp(options, cores, progress) : [],
    }
  } finally {
    progress.end()
  }
}
