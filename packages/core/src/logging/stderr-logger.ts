import { hasColors } from '../errors/paint.js'
import { LeveledLogger } from './leveled-logger.js'
import type { Logger, LogFields, LogLevel } from './logger.js'
import { outliveReader } from './outlive-reader.js'
import { readableLine } from './readable-line.js'
import { Redaction } from './redaction.js'
import { secretMask } from '../secrecy/secret-mask.js'

const redaction = new Redaction()

/**
 * What the server logs with when no logger service is configured: JSON lines on standard error; readable ones where that is a terminal,
 * unless NODE_ENV is `production`.
 */
export class StderrLogger extends LeveledLogger {
  readonly #fields: LogFields

  /** @param levelFrom  lowest level that is written, or the logger whose level counts */
  constructor(levelFrom: LogLevel | Logger = 'info', fields: LogFields = {}) {
    super(levelFrom)
    this.#fields = fields
    outliveReader(process.stderr)
  }

  child(fields: LogFields): Logger {
    return new StderrLogger(this, { ...this.#fields, ...redaction.apply(fields) })
  }

  /** Never throws: whoever logs has something else to do. */
  protected override write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const head = { level, time: new Date().toISOString(), ...this.#fields }
    const line = JSON.stringify({ ...head, ...redaction.apply(fields), msg: secretMask.apply(message) })
    const isForPeople = process.stderr.isTTY && process.env.NODE_ENV !== 'production'
    process.stderr.write(`${isForPeople ? readableLine(line, hasColors(process.stderr)) : line}\n`)
  }
}
