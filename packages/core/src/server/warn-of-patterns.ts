import type { Logger } from '../logging/logger.js'
import type { PatternReport } from '../validation/check-patterns.js'

/** Logs which patterns of fields could be made to run for very long. */
export function warnOfPatterns({ suspicious, unchecked }: PatternReport, log: Logger): void {
  for (const { field, site, pattern, ambiguous } of suspicious) {
    log.warn('pattern that a request may keep busy for very long', {
      field,
      at: site,
      pattern: String(pattern),
      attack: `a long text made of ${ambiguous.map((part) => `\`${part}\``).join(', ')}, with an end that does not fit`,
      fix: 'let no text match in two ways: no repetition inside a repetition, none beside another of the same characters; or bound it, as in {1,40}',
    })
  }
  if (unchecked > 0) log.warn('patterns that there was no time to check', { count: unchecked })
}
