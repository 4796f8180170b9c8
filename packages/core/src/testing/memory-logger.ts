import { LeveledLogger } from '../logging/leveled-logger.js'
import type { Logger, LogFields, LogLevel } from '../logging/logger.js'

/** One line that was logged during a test. */
export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

/** Keeps its lines and those of its children, in order. */
export class MemoryLogger extends LeveledLogger {
  readonly lines: LogLine[]
  readonly #fields: LogFields

  constructor(levelFrom: LogLevel | Logger, lines: LogLine[] = [], fields: LogFields = {}) {
    super(levelFrom)
    this.lines = lines
    this.#fields = fields
  }

  child(fields: LogFields): Logger {
    return new MemoryLogger(this, this.lines, { ...this.#fields, ...fields })
  }

  protected override write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } })
  }
}
