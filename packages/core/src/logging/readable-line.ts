import { stripVTControlCharacters } from 'node:util'

import { createPaint, type Style } from '../errors/paint.js'
import type { LogLevel } from './logger.js'

type Line = Readonly<Record<string, unknown>> & {
  readonly level: LogLevel
  readonly time: string
  readonly msg: string
}

const styles: Readonly<Record<LogLevel, Style>> = {
  trace: 'dim',
  debug: 'dim',
  info: 'cyan',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
  silent: 'dim',
}

/**
 * A log line for people: `12:34:56.789 INFO  request done  method=GET status=200`; below it what has several lines, such as the stacks
 * of errors. The time is that of this machine.
 * @param json  a line as programs read it, secrets masked
 */
export function readableLine(json: string, color: boolean): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Line
  const paint = createPaint(color)
  const beside: string[] = []
  const below: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (isError(value)) below.push(...describeError(value, name))
    else if (typeof value === 'string' && value.includes('\n')) below.push(...describeLines(value, name))
    else beside.push(`${paint('dim', `${name}=`)}${describeValue(value)}`)
  }
  const head = `${paint('dim', clockOf(time))} ${paint(styles[level], level.toUpperCase().padEnd(5))} ${plain(msg)}`
  return [[head, beside.join(' ')].filter(Boolean).join('  '), ...below].join('\n')
}

function clockOf(time: string): string {
  const date = new Date(time)
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0'))
  return `${clock.join(':')}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

interface WrittenError {
  readonly type: string
  readonly message: string
  readonly stack?: string
  readonly code?: unknown
  readonly cause?: unknown
  /** Of several that are told as one. */
  readonly errors?: unknown
}

function isError(value: unknown): value is WrittenError {
  const { type, message, stack = '' } = (value ?? {}) as Partial<WrittenError>
  return [type, message, stack].every((text) => typeof text === 'string')
}

function describeError(error: WrittenError, name: string): readonly string[] {
  const { type, message, stack = `${type}: ${message}`, code, cause, errors } = error
  const isToldAbove = typeof code !== 'string' || stack.includes(code)
  const below: readonly (readonly [name: string, value: unknown])[] = [
    ...(isToldAbove ? [] : [['code', code] as const]),
    ['cause', cause],
    ...(Array.isArray(errors) ? errors.map((one: unknown) => ['error', one] as const) : []),
  ]
  const told = below.filter(([, value]) => value !== undefined && value !== null)
  return [
    ...describeLines(stack, name),
    ...told.flatMap(([key, value]) =>
      isError(value) ? describeError(value, key) : [`    ${key}: ${describeValue(value)}`],
    ),
  ]
}

function describeLines(text: string, name: string): readonly string[] {
  const [first = '', ...lines] = plain(text).split('\n')
  return [`    ${name}: ${first}`, ...lines.map((line) => `    ${line}`)]
}

/** Words as they are, everything else as JSON, which divides it from what stands beside it. */
function describeValue(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@%+-]+$/.test(value) ? value : plain(JSON.stringify(value))
}

/** What moves the cursor or colours a terminal may come from a client. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
