import { PinoLogger } from '@lokstra/services/logger'

import type { LoggerConfig } from '@lokstra/services/logger'
import type { Logger } from '@lokstra/core'

export interface RecordedLog {
  readonly log: Logger
  /** What has been written so far, parsed. */
  readonly lines: Record<string, unknown>[]
  readonly text: () => string
}

/** A real logger that writes into memory. */
export function recordLog(config: Partial<LoggerConfig> = {}): RecordedLog {
  const written: string[] = []
  const log = PinoLogger.writingTo({ write: (line: string) => void written.push(line) }, { level: 'debug', ...config })
  return {
    log,
    get lines() {
      return written.map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    text: () => written.join(''),
  }
}
