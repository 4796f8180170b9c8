import type { ServerOptions } from '@lokstra/core'
import { hasColors } from '@lokstra/core'

import { onStopSignals } from '../ui/on-stop-signals.js'
import { DevConsole } from './dev-console.js'
import { findProject } from './project.js'
import { Supervisor } from './supervisor.js'

/**
 * Compiles, runs and watches the project of a configuration until a signal comes. A second signal ends everything at once.
 * @throws E_TSCONFIG_MISSING · E_TYPESCRIPT_MISSING
 */
export async function runDev(options: ServerOptions & { readonly file: string }): Promise<void> {
  const { stderr } = process
  const supervisor = new Supervisor(findProject(options.file), options, new DevConsole(stderr), hasColors(stderr))
  onStopSignals(
    () => supervisor.stop(),
    () => {
      supervisor.kill()
      process.exit(130)
    },
  )
  await supervisor.run()
  process.exit(0)
}
