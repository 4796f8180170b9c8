import type { Assembly } from '../assembly/assemble.js'
import type { Logger } from '../logging/logger.js'
import type { Listener } from './listener.js'
import { warnOfPatterns } from './warn-of-patterns.js'
import { warnOfUnserved } from './warn-of-unserved.js'

/** Logs that a server is ready, and what of it somebody may have meant otherwise. */
export function tellReady(assembly: Assembly, listeners: readonly Listener[], startMs: number, log: Logger): void {
  const { fullName, unused, patterns } = assembly
  warnOfUnserved(assembly, log)
  if (unused.length > 0) log.warn('configured services not used', { services: unused })
  warnOfPatterns(patterns, log)
  const addresses = listeners.map(({ url }) => url)
  log.info('server ready', { server: fullName, addresses, startMs: Math.round(startMs) })
}
