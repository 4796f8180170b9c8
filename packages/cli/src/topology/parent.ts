import { Worker } from 'node:worker_threads'
import { useLifeline, type Server } from '@lokstra/core'

import { lifelineFd } from '../dev/lifeline.js'
import { parentVariable } from './parent-variable.js'

/** What a server tells the process that has started it. */
export interface ReadyMessage {
  readonly type: 'ready'
  readonly urls: readonly string[]
}

/** Ties this process to the one that has started it: it stops when that one is gone, however it went. */
export function attachToParent(): { ready(server: Server): void } {
  // Not for those that it starts itself.
  Reflect.deleteProperty(process.env, parentVariable)
  // In a thread of its own: a server that is busy for ever must end as well.
  new Worker(new URL('../dev/lifeline.js', import.meta.url), { workerData: lifelineFd }).unref()
  useLifeline(lifelineFd)
  let stop = (): void => process.exit(0)
  process.on('disconnect', () => stop())
  return {
    ready(server) {
      stop = () => void server.stop().finally(() => process.exit(0))
      const message: ReadyMessage = { type: 'ready', urls: server.listeners.map(({ url }) => url) }
      if (process.connected) process.send!(message, () => undefined)
      else stop()
    },
  }
}
