import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'

import { describeBootFailure } from './errors/describe-boot-failure.js'
import { hasColors } from './errors/paint.js'
import { createServer, type Server } from './server/server.js'
import type { ServerOptions } from './server/server-options.js'

/** A server in code, and how it is run. */
export interface RunOptions extends ServerOptions {
  /** Prints apps, routes and time once ready. Default: where standard output is a terminal, unless NODE_ENV is `production`. */
  readonly banner?: boolean
}

/** Starts what a configuration describes. */
export const Lokstra = {
  /**
   * Reads `lokstra.yaml` and `config/` (or `file`), discovers, checks, starts, and stops on SIGTERM and SIGINT. Takes a new
   * configuration on SIGHUP, and in development when its files change.
   * A server that cannot start prints why to standard error and the process exits 1.
   */
  async run(options: RunOptions = {}): Promise<Server> {
    // Without anything in code the file is what there is: when it is missing, that is the error.
    const { apps, config, discover, modules } = options
    const isInCode = [apps, config, discover, modules].some((given) => given !== undefined)
    const file = options.file ?? (isInCode && !isConfigured() ? undefined : 'lokstra.yaml')
    const server = createServer({ ...options, ...(file ? { file: resolve(file) } : {}) })
    try {
      return await server.start({ signals: true, watch: true, banner: options.banner ?? isForPeople() })
    } catch (error) {
      process.stderr.write(`${describeBootFailure(error, { color: hasColors(process.stderr) })}\n`)
      process.exit(1)
    }
  },
}

/** A log collector would take the lines of a banner for entries of the log. */
function isForPeople(): boolean {
  return process.stdout.isTTY && process.env.NODE_ENV !== 'production'
}

/** Whether the working folder has a configuration. */
function isConfigured(): boolean {
  if (existsSync('lokstra.yaml')) return true
  return existsSync('config') && readdirSync('config').some((name) => /^[^.].*\.ya?ml$/.test(name))
}
