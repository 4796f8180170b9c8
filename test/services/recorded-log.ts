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
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => {
    written.push(line)
    lines.push(JSON.parse(line) as Record<string, unknown>)
  }
  return { log: PinoLogger.writingTo({ write }, { level: 'debug', ...config }), lines, text: () => written.join('') }
}
