import type { Context } from '../../context/context.js'
import type { FieldError } from '../../errors/http-error.js'

/** What a success answers with. Data and its text are computed when they are read: read only what the answer needs. */
export interface SuccessPayload {
  readonly status: number
  /**
   * As plain data: what `@Returns` declares and nothing else; without `@Returns` the value as the handler gave it. Read
   * {@link dataText} where the text is all that is needed.
   */
  readonly data: unknown
  /** The JSON text of the data; undefined where there is none. */
  readonly dataText: string | undefined
  readonly message: string | undefined
  readonly meta: Readonly<Record<string, unknown>> | undefined
}

/** What clients are told of an error. */
export interface ErrorPayload {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly fields: readonly FieldError[] | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly requestId: string
}

/** The body of an answer, as text or as a value. */
export type Formatted = FormattedText | FormattedValue

interface FormattedHead {
  /** Default `application/json; charset=utf-8`. */
  readonly type?: string
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer whose body is text already, which a formatter makes where that is faster than a value. */
export interface FormattedText extends FormattedHead {
  /** Sent as it is; no body when undefined. Read at most once, and not where the status has no body: it may be a getter. */
  readonly text: string | undefined
  readonly body?: never
}

/** An answer whose body is still to be written as JSON. */
export interface FormattedValue extends FormattedHead {
  /** Serialised as JSON; no body when undefined. */
  readonly body: unknown
  readonly text?: never
}

/** Gives every JSON response of an app its outer shape. */
export interface Formatter {
  readonly name: string
  success(payload: SuccessPayload): Formatted
  /**
   * @param error  what was thrown, of which clients may know the payload only; undefined where nothing was
   * @param ctx  the request; undefined where it could not be read
   */
  error(payload: ErrorPayload, error?: unknown, ctx?: Context): Formatted
}
