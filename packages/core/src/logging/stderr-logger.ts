import { inspect } from 'node:util'

import { hasColors } from '../errors/paint.js'
import { LeveledLogger } from './leveled-logger.js'
import type { Logger, LogFields, LogLevel } from './logger.js'
import { outliveReader } from './outlive-reader.js'
import { readableLine } from './readable-line.js'
import { secretMask } from '../secrecy/secret-mask.js'

/** How values are shown that JSON cannot hold. Text in full: half a secret would not be found. */
const inspection = { depth: 5, customInspect: false, maxStringLength: null }

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
    return new StderrLogger(this, { ...this.#fields, ...fields })
  }

  /** Never throws: a value that cannot be written costs itself, not the line and not the caller. */
  protected override write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const head = { level, time: new Date().toISOString() }
    let line: string
    try {
      line = JSON.stringify({ ...head, ...this.#fields, ...fields, msg: message }, readably)
    } catch {
      line = JSON.stringify({ ...head, ...toText(this.#fields), ...toText(fields), msg: message }, readably)
    }
    const isForPeople = process.stderr.isTTY && process.env.NODE_ENV !== 'production'
    process.stderr.write(`${isForPeople ? readableLine(line, hasColors(process.stderr)) : line}\n`)
  }
}

function readably(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return secretMask.apply(value)
  if (typeof value === 'bigint') return secretMask.apply(String(value))
  if (typeof value === 'number') return secretMask.applyToNumber(value)
  if (!(value instanceof Error)) return value
  return { type: value.name, message: value.message, stack: value.stack, cause: value.cause }
}

/** Of fields with a cycle, or with a getter or a `toJSON` that throws: objects as text, so that the others are kept. */
function toText(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.keys(fields).map((key) => [key, readable(fields, key)]))
}

function readable(fields: LogFields, key: string): unknown {
  try {
    const value = fields[key]
    return typeof value === 'object' ? inspect(value, inspection) : value
  } catch {
    return '[unreadable]'
  }
}
