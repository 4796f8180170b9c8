import type { ServerOptions } from '@lokstra/core'
import { hasColors } from '@lokstra/core'

import { DevConsole } from './dev-console.js'
import { findProject } from './project.js'
import { Supervisor } from './supervisor.js'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm forwards the Ctrl-C that its terminal has sent to every process already: what comes this soon is the same request, in milliseconds. */
const sameRequestMs = 500

/**
 * Compiles, runs and watches the project of a configuration until a signal comes. A second signal ends everything at once.
 * @throws E_TSCONFIG_MISSING · E_TYPESCRIPT_MISSING
 */
export async function runDev(options: ServerOptions & { readonly file: string }): Promise<void> {
  const { stderr } = process
  const supervisor = new Supervisor(findProject(options.file), options, new DevConsole(stderr), hasColors(stderr))
  let stoppingSince: number | undefined
  const onSignal = () => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now()
      supervisor.stop()
    } else if (performance.now() - stoppingSince > sameRequestMs) {
      supervisor.kill()
      process.exit(130)
    }
  }
  for (const signal of signals) process.on(signal, onSignal)
  await supervisor.run()
  process.exit(0)
}
