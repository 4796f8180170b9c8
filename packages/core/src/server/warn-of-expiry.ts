import { W_TLS_EXPIRES } from '../errors/catalogue/listeners.js'
import { logFields } from '../errors/log-fields.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Logger } from '../logging/logger.js'
import type { LoadedTls } from './load-tls.js'

export function warnOfExpiry({ expiresSoon }: LoadedTls, log: Logger): void {
  if (expiresSoon) log.warn('certificate expires soon', logFields(lokstraError(W_TLS_EXPIRES, expiresSoon)))
}
