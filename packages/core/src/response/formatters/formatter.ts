import type { FieldError } from '../../errors/http-error.js'

export interface SuccessPayload {
  readonly status: number
  readonly data: unknown
  readonly message: string | undefined
  readonly meta: Readonly<Record<string, unknown>> | undefined
}

export interface ErrorPayload {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly fields: readonly FieldError[] | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly requestId: string
}

export interface Formatted {
  /** Serialised as JSON. */
  readonly body: unknown
  /** Default `application/json; charset=utf-8`. */
  readonly type?: string
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Gives every JSON response of an app its outer shape. */
export interface Formatter {
  readonly name: string
  success(payload: SuccessPayload): Formatted
  error(payload: ErrorPayload): Formatted
}
