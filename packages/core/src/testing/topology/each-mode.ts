import { disposeAfterSuite } from '../disposal.js'
import { topologyModes, type TopologyMode } from './topology-options.js'

type Describe = (title: string, define: () => void) => void

/**
 * Describes the same tests in several modes. `LOKSTRA_TOPOLOGY_MODES=direct,remote` leaves the others out. What is created in `before` is
 * stopped after the last test of its mode.
 * @throws Error where there is no global `describe`, as mocha, jest and vitest (globals on) have
 */
export function eachMode(modes: readonly TopologyMode[], define: (mode: TopologyMode) => void): void {
  const { describe } = globalThis as { describe?: Describe }
  if (!describe) throw new Error('eachMode needs the global describe() of mocha, jest or vitest')
  const wanted = process.env.LOKSTRA_TOPOLOGY_MODES?.split(',').map((name) => name.trim())
  const unknown = wanted?.find((name) => !topologyModes.includes(name as TopologyMode))
  if (unknown !== undefined)
    throw new Error(`LOKSTRA_TOPOLOGY_MODES names no mode: "${unknown}"; the modes are ${topologyModes.join(', ')}`)
  for (const mode of modes)
    if (!wanted || wanted.includes(mode)) describe(`in the mode ${mode}`, () => disposeAfterSuite(() => define(mode)))
}
