import { mkdirSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { isatty } from 'node:tty'

import {
  LeveledLogger,
  OnConfigReload,
  Redaction,
  secretMask,
  ServerRuntime,
  Service,
  type LogFields,
  type Logger,
  type LogLevel,
} from '@lokstra/core'
import { pino, type DestinationStream, type Logger as Pino } from 'pino'
import type { default as PinoPretty } from 'pino-pretty'

import { LogFile } from './log-file.js'
import { LoggerConfig } from './logger-config.js'

class PinoLines extends LeveledLogger {
  readonly #pino: Pino
  readonly #redaction: Redaction

  constructor(target: Pino, redaction: Redaction, levelFrom: LogLevel | Logger) {
    super(levelFrom)
    this.#pino = target
    this.#redaction = redaction
  }

  child(fields: LogFields): Logger {
    return new PinoLines(this.#pino.child(this.#redaction.apply(fields)), this.#redaction, this)
  }

  protected override write(level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields | undefined): void {
    const text = secretMask.apply(message)
    if (fields === undefined) this.#pino[level](text)
    else this.#pino[level](this.#redaction.apply(fields), text)
  }
}

/**
 * {@link Logger} on pino: JSON lines, or coloured ones on a terminal, with secrets redacted.
 * A level set at run time counts at once for every child that has none of its own, children made before included.
 * Lines are written before the call returns: the last one before a crash is the one that matters. A destination that fails loses lines,
 * and nothing else.
 */
@Service({ name: 'logger', config: LoggerConfig })
export class PinoLogger extends PinoLines {
  /**
   * @param runtime  a relative `destination` starts from the folder of its configuration; without, from the working folder
   * @throws when the log file cannot be opened
   */
  constructor(config: LoggerConfig, runtime?: ServerRuntime) {
    super(createPino(openDestination(config, runtime?.folder ?? '')), redactionOf(config), config.level)
  }

  @OnConfigReload({ keys: ['level'] })
  reconfigure({ level }: LoggerConfig): void {
    this.level = level
  }

  /** A logger that writes into a stream, for tests and for embedding; `format` and `destination` of the configuration are not used. */
  static writingTo(stream: { write(line: string): void }, config: Partial<LoggerConfig> = {}): Logger {
    const complete = Object.assign(new LoggerConfig(), config)
    return new PinoLines(createPino(stream), redactionOf(complete), complete.level)
  }
}

function redactionOf(config: LoggerConfig): Redaction {
  return new Redaction([...config.redact, ...config.extraRedact])
}

function createPino(destination: DestinationStream): Pino {
  // pino lets everything through: the level is decided by LeveledLogger, which can change it for children that exist already.
  // Fields arrive as plain copies, so pino's own serialisers and redaction have nothing left to do.
  const options = {
    level: 'trace',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (value: unknown) => value },
  }
  return pino(options, destination)
}

function openDestination({ destination, format }: LoggerConfig, folder: string): DestinationStream {
  const fd = openFile(destination, folder)
  const pretty = format === 'pretty' || (format === 'auto' && process.env.NODE_ENV !== 'production' && isatty(fd))
  const file = new LogFile(fd, destination)
  if (!pretty) return file
  // Loaded when it is wanted only: production has no use for it.
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty
  const print = prettyFactory({ colorize: isatty(fd), translateTime: 'SYS:HH:MM:ss.l' })
  return { write: (line) => file.write(print(line)) }
}

function openFile(destination: string, folder: string): number {
  if (destination === 'stdout') return 1
  if (destination === 'stderr') return 2
  const path = resolve(folder, destination)
  mkdirSync(dirname(path), { recursive: true })
  return openSync(path, 'a')
}
