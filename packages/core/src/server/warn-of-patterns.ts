import { W_PATTERN_BACKTRACKING, W_PATTERN_UNCHECKED } from '../errors/catalogue/warnings.js'
import { logFields } from '../errors/log-fields.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Logger } from '../logging/logger.js'
import type { PatternReport } from '../validation/check-patterns.js'

/** Logs which patterns of fields could be made to run for very long. */
export function warnOfPatterns({ suspicious, unchecked }: PatternReport, log: Logger): void {
  for (const { field, site, pattern, ambiguous } of suspicious) {
    const warning = lokstraError(W_PATTERN_BACKTRACKING, { field, pattern, ambiguous }, site)
    log.warn('pattern open to ReDoS: a request may keep it busy for very long', logFields(warning))
  }
  if (unchecked > 0) {
    const warning = lokstraError(W_PATTERN_UNCHECKED, { count: unchecked })
    log.warn('patterns not checked for ReDoS: there was no time', logFields(warning))
  }
}
