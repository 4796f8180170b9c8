import { onStopSignals } from '../ui/on-stop-signals.js'
import type { PlannedServer } from './plan-topology.js'
import { PrefixedOutput } from './prefixed-output.js'
import { ServerKeeper } from './server-keeper.js'
import { startOrder } from './start-order.js'

/**
 * Runs servers until a signal comes: those that are called start first and stop last. A second signal ends everything at once.
 * @returns the exit code: 0, 130 after a second signal, or 1 where none of them can start, now or later
 */
export async function runTopology(servers: readonly PlannedServer[]): Promise<number> {
  const output = new PrefixedOutput(servers.map(({ name }) => name))
  const steps = startOrder(servers).map((step) => step.map((server) => new ServerKeeper(server, output)))
  let isStopping = false
  let exitCode = 0
  const stopped = new Promise<void>((resolve) => {
    onStopSignals(
      () => {
        isStopping = true
        void stopAll(steps).then(resolve)
      },
      () => {
        exitCode = 130
        for (const keeper of steps.flat()) keeper.kill()
      },
    )
    void Promise.all(steps.flat().map(({ givenUp }) => givenUp)).then(() => {
      exitCode = 1
      resolve()
    })
  })
  for (const step of steps) {
    if (isStopping) break
    for (const keeper of step) keeper.start()
    await Promise.race([Promise.all(step.map(({ started }) => started)), stopped])
  }
  await stopped
  return exitCode
}

async function stopAll(steps: readonly (readonly ServerKeeper[])[]): Promise<void> {
  for (const step of [...steps].reverse()) await Promise.all(step.map((keeper) => keeper.stop()))
}
