import { Logger, type LogFields, type LogLevel } from './logger.js'

const severity: Record<LogLevel, number> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: 100,
}

/** One JSON object per line on standard error: what the server logs with when no logger service is configured. */
export class StderrLogger extends Logger {
  level: LogLevel
  readonly #fields: LogFields

  constructor(level: LogLevel = 'info', fields: LogFields = {}) {
    super()
    this.level = level
    this.#fields = fields
  }

  trace(message: string, fields?: LogFields): void {
    this.#write('trace', message, fields)
  }
  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields)
  }
  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields)
  }
  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields)
  }
  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields)
  }
  fatal(message: string, fields?: LogFields): void {
    this.#write('fatal', message, fields)
  }

  child(fields: LogFields): Logger {
    return new StderrLogger(this.level, { ...this.#fields, ...fields })
  }

  #write(level: LogLevel, message: string, fields?: LogFields): void {
    if (severity[level] < severity[this.level]) return
    const line = { level, time: new Date().toISOString(), ...this.#fields, ...fields, msg: message }
    process.stderr.write(`${JSON.stringify(line, describeErrors)}\n`)
  }
}

function describeErrors(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (!(value instanceof Error)) return value
  return { type: value.name, message: value.message, stack: value.stack, cause: value.cause }
}
