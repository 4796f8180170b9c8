import { ServiceUnavailableError } from '@lokstra/core'

/**
 * The database cannot be reached, is starting or stopping, or has no connection free in time. Clients get 503.
 * The cause is logged, never sent. When it comes out of `transaction`, the commit may or may not have happened.
 */
export class DatabaseUnavailableError extends ServiceUnavailableError {
  constructor(cause: unknown) {
    super('The database is not available', { cause })
  }
}

/** What the database says of an error. */
export interface DatabaseErrorDetails {
  readonly code: string
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  /** With placeholders; values are never kept. */
  readonly statement?: string | undefined
  readonly cause?: unknown
}

/**
 * The database refused a statement. Clients get a generic 500 unless it is caught and mapped:
 * `if (error instanceof DatabaseError && error.code === '23505') throw new ConflictError('That name is taken')`.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  /** SQLSTATE, such as `23505` for a unique violation. */
  readonly code: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  readonly statement: string | undefined

  constructor(message: string, details: DatabaseErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.constraint = details.constraint
    this.table = details.table
    this.column = details.column
    this.statement = details.statement
  }
}

/**
 * SQLSTATEs of a server that cannot serve now: 08 connection exceptions, 57P01 admin shutdown, 57P02 crash shutdown,
 * 57P03 cannot connect now, 57P05 idle session timeout, 25P03 idle in transaction timeout, 53300 too many connections. 08P01 says of a
 * statement that it has a wrong number of values; only where it ends the connection it is of a pooler that has no server.
 */
const unavailableStates = /^(?:08...|57P0[1235]|25P03|53300)$/
const unavailableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENOENT',
])
/** What the driver says without a code. */
const unavailableMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after|Query read timeout|not queryable|timeout expired/

/** Translates what the driver threw. Errors that are not the database's are given back as they are. */
export function toDatabaseError(error: unknown, statement?: string): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  if (error instanceof DatabaseError || error instanceof DatabaseUnavailableError) return error
  const { code, severity, constraint, table, column } = error as Error & Partial<Record<string, unknown>>
  if (typeof code === 'string') {
    const isState = code === '08P01' ? severity === 'FATAL' : unavailableStates.test(code)
    if (isState || unavailableCodes.has(code)) return new DatabaseUnavailableError(error)
    if (/^[0-9A-Z]{5}$/.test(code)) {
      return new DatabaseError(error.message, {
        code,
        constraint: textOf(constraint),
        table: textOf(table),
        column: textOf(column),
        statement,
        cause: error,
      })
    }
  }
  // Node tries every address of a name and reports the failures together.
  const attempts = error instanceof AggregateError ? error.errors : []
  const refused =
    attempts.length > 0 && attempts.every((one) => toDatabaseError(one) instanceof DatabaseUnavailableError)
  return refused || unavailableMessages.test(error.message) ? new DatabaseUnavailableError(error) : error
}

/** 40001 serialization failure, 40P01 deadlock. */
const conflicts = new Set(['40001', '40P01'])

/** Whether an error, or what caused it, is that of a transaction that collided with others. */
export function isConflict(error: unknown): boolean {
  const seen = new Set<unknown>()
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    if (each instanceof DatabaseError && conflicts.has(each.code)) return true
    seen.add(each)
  }
  return false
}

/** What a statement rejects with that was stopped, or not sent, because of a signal. The reason is the cause. */
export function statementCancelled(reason: unknown, statement?: string): DatabaseError {
  const text = reason instanceof Error ? reason.message : String(reason)
  return new DatabaseError(`The statement was cancelled: ${text}`, { code: '57014', statement, cause: reason })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
