import { W_TLS_EXPIRES } from '../errors/catalogue/listeners.js'
import { logFields } from '../errors/log-fields.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Logger } from '../logging/logger.js'
import type { LoadedTls } from './load-tls.js'

const dayMs = 24 * 3_600_000
/** How long before its end a certificate is worth a warning, in milliseconds. */
const soonMs = 14 * dayMs

/**
 * Warns of the certificates in use that soon expire: now, and once a day.
 * @returns ends that
 */
export function watchExpiry(inUse: () => readonly (LoadedTls | undefined)[], log: Logger): () => void {
  const look = () => {
    // Apps of one address have the same file.
    const byFile = new Map(inUse().flatMap((tls) => (tls?.certificate ? [[tls.certificate.file, tls] as const] : [])))
    for (const tls of byFile.values()) warnOfExpiry(tls, log)
  }
  look()
  const timer = setInterval(look, dayMs).unref()
  return () => clearInterval(timer)
}

export function warnOfExpiry({ certificate }: LoadedTls, log: Logger): void {
  if (!certificate || certificate.expiresAt - Date.now() >= soonMs) return
  const { file, expiresAt } = certificate
  const at = new Date(expiresAt).toISOString()
  log.warn('certificate expires soon', logFields(lokstraError(W_TLS_EXPIRES, { file, at })))
}
