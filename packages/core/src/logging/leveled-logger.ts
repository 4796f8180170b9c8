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

/**
 * What a logger of your own extends: it writes what its level lets through. A child follows its parent's level until it is given one of
 * its own.
 *
 * ```ts
 * const redaction = new Redaction()
 *
 * class Lines extends LeveledLogger {
 *   constructor(
 *     levelFrom: LogLevel | Logger,
 *     readonly fields: LogFields = {},
 *   ) {
 *     super(levelFrom)
 *   }
 *
 *   child(fields: LogFields): Logger {
 *     return new Lines(this, { ...this.fields, ...redaction.apply(fields) })
 *   }
 *
 *   protected write(level: LogLevel, message: string, fields: LogFields = {}): void {
 *     send({ level, ...this.fields, ...redaction.apply(fields), msg: secretMask.apply(message) })
 *   }
 * }
 * ```
 */
export abstract class LeveledLogger extends Logger {
  readonly #parent: Logger | undefined
  #ownLevel: LogLevel | undefined

  /** @param levelFrom  lowest level that is written, or the logger whose level counts */
  constructor(levelFrom: LogLevel | Logger) {
    super()
    if (typeof levelFrom === 'string') this.#ownLevel = levelFrom
    else this.#parent = levelFrom
  }

  get level(): LogLevel {
    return this.#ownLevel ?? this.#parent!.level
  }
  set level(level: LogLevel) {
    this.#ownLevel = level
  }

  trace(message: string, fields?: LogFields): void {
    this.#log('trace', message, fields)
  }
  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields)
  }
  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields)
  }
  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields)
  }
  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields)
  }
  fatal(message: string, fields?: LogFields): void {
    this.#log('fatal', message, fields)
  }

  /** Called for lines that the level lets through. */
  protected abstract write(level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields | undefined): void

  #log(level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields | undefined): void {
    if (severity[level] >= severity[this.level]) this.write(level, message, fields)
  }
}
