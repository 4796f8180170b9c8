/** Structured fields of one log line. An `err` field holding an Error is written with its stack and cause. */
export type LogFields = Readonly<Record<string, unknown>>

/** From the most to the least talkative; `silent` writes nothing. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/**
 * Structured logging. The message says what happened and stays constant; what varies goes into the fields. It is in lower case, without
 * a full stop, and begins with what it is about, by the word that operators search for: `circuit breaker opened`, `server ready`.
 * Inject it by this class. `@lokstra/services/logger` provides it on pino; without a configured logger
 * the server uses {@link StderrLogger}.
 */
export abstract class Logger {
  /** Lowest level that is written; may be set at run time. */
  abstract level: LogLevel

  abstract trace(message: string, fields?: LogFields): void
  abstract debug(message: string, fields?: LogFields): void
  abstract info(message: string, fields?: LogFields): void
  abstract warn(message: string, fields?: LogFields): void
  abstract error(message: string, fields?: LogFields): void
  abstract fatal(message: string, fields?: LogFields): void

  /** A logger that adds these fields to each of its lines. */
  abstract child(fields: LogFields): Logger
}
