import type { Assembly } from '../assembly/assemble.js'
import type { Logger } from '../logging/logger.js'

/** Logs which controllers were found and have no address: most are missing in the list of an app. */
export function warnOfUnserved({ unserved }: Pick<Assembly, 'unserved'>, log: Logger): void {
  if (unserved.length > 0) log.warn('controllers not served by any app', { controllers: unserved })
}
