import { PrefixedOutput } from './prefixed-output.js'
import { ServerKeeper, type KeptServer } from './server-keeper.js'
import { startOrder, type Dependent } from './start-order.js'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm forwards the Ctrl-C that its terminal has sent to every process already: what comes this soon is the same request, in milliseconds. */
const sameRequestMs = 500

/**
 * Runs servers until a signal comes: those that are called start first and stop last. A second signal ends everything at once.
 * @returns the exit code: 0, 130 after a second signal, or 1 where none of them can start, now or later
 */
export async function runTopology(servers: readonly (KeptServer & Dependent)[]): Promise<number> {
  const output = new PrefixedOutput(servers.map(({ name }) => name))
  const steps = startOrder(servers).map((step) => step.map((server) => new ServerKeeper(server, output)))
  let stoppingSince: number | undefined
  let exitCode = 0
  const stopped = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (stoppingSince === undefined) {
        stoppingSince = performance.now()
        void stopAll(steps).then(resolve)
      } else if (performance.now() - stoppingSince > sameRequestMs) {
        exitCode = 130
        for (const keeper of steps.flat()) keeper.kill()
      }
    }
    for (const signal of signals) process.on(signal, onSignal)
    void Promise.all(steps.flat().map(({ givenUp }) => givenUp)).then(() => {
      exitCode = 1
      resolve()
    })
  })
  for (const step of steps) {
    if (stoppingSince !== undefined) break
    for (const keeper of step) keeper.start()
    await Promise.race([Promise.all(step.map(({ started }) => started)), stopped])
  }
  await stopped
  return exitCode
}

async function stopAll(steps: readonly (readonly ServerKeeper[])[]): Promise<void> {
  for (const step of [...steps].reverse()) await Promise.all(step.map((keeper) => keeper.stop()))
}
