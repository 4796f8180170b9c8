import type { LogLevel } from '../../logging/logger.js'
import type { LogLine } from '../memory-logger.js'

/** A line that a process has printed: the JSON of a logger, or any text. */
export function readLogLine(line: string): LogLine {
  try {
    const { level, msg, time: _, ...fields } = JSON.parse(line) as Record<string, unknown>
    if (typeof level === 'string' && typeof msg === 'string') return { level: level as LogLevel, message: msg, fields }
  } catch {
    // Not every line is the logger's.
  }
  return { level: 'info', message: line, fields: {} }
}
