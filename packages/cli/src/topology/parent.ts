import { Worker } from 'node:worker_threads'
import { BootError, createServer, describeBootFailure, hasColors, LokstraError, useLifeline } from '@lokstra/core'
import type { ServerOptions } from '@lokstra/core'

import { lifelineFd } from '../dev/lifeline.js'
import { parentVariable } from './parent-variable.js'

/** What a server tells the process that has started it. */
export type ServerMessage =
  | { readonly type: 'ready'; readonly urls: readonly string[] }
  /** It cannot start, and could not if it were started again. */
  | { readonly type: 'refused'; readonly codes: readonly string[] }

/**
 * Runs a server for the process that has started this one: it is told of how the start went, and the server stops when it is gone,
 * however it went. The exit code is 1 when the server cannot start.
 */
export async function runForParent(options: ServerOptions): Promise<void> {
  // Not for those that it starts itself.
  Reflect.deleteProperty(process.env, parentVariable)
  // In a thread of its own: a server that is busy for ever must end as well.
  new Worker(new URL('../dev/lifeline.js', import.meta.url), { workerData: lifelineFd }).unref()
  useLifeline(lifelineFd)
  let stop = (): void => process.exit(0)
  process.on('disconnect', () => stop())
  const server = createServer(options)
  try {
    await server.start({ signals: true, watch: true })
  } catch (error) {
    process.stderr.write(`${describeBootFailure(error, { color: hasColors(process.stderr) })}\n`)
    const codes = lastingCodes(error)
    if (codes.length > 0) await tell({ type: 'refused', codes })
    process.exit(1)
  }
  stop = () => void server.stop().finally(() => process.exit(0))
  if (process.connected) await tell({ type: 'ready', urls: server.listeners.map(({ url }) => url) })
  else stop()
}

/** Of the problems that are still there when the server is started again. */
function lastingCodes(error: unknown): readonly string[] {
  const problems = error instanceof BootError ? error.problems : LokstraError.is(error) ? [error] : []
  return problems.filter(({ isLasting }) => isLasting).map(({ code }) => code)
}

/** Also fulfilled where nobody hears it any more. */
function tell(message: ServerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(message, () => resolve())
    else resolve()
  })
}
