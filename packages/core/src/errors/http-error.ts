/** One broken rule of the input, as clients see it. */
export interface FieldError {
  /** Where the field was looked for. */
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'body'
  /** Path of the field as the client names it, such as `items[2].price`; empty for the body as a whole. */
  readonly field: string
  /** The rule, such as `isEmail`; `required`, `type` and `malformed` where no rule of the DTO was reached. */
  readonly code: string
  readonly message: string
}

const kJson = Symbol('json')

/** One that is told often: it never changes, so its JSON text is written once. */
export function constantFieldError(source: FieldError['in'], field: string, code: string, message: string): FieldError {
  const error: FieldError = { in: source, field, code, message }
  Object.defineProperty(error, kJson, { value: JSON.stringify(error) })
  return Object.freeze(error)
}

/** The JSON text of a {@link constantFieldError}. */
export function constantJson(error: FieldError): string | undefined {
  return (error as { readonly [kJson]?: string })[kJson]
}

/** What clients are told of an error beside status and message. */
export interface HttpErrorOptions {
  /** Machine-readable code for clients, upper snake case. Default: the status's own, such as `NOT_FOUND`. */
  readonly code?: string
  readonly fields?: readonly FieldError[]
  /** Response headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** Further values clients may see. */
  readonly details?: Readonly<Record<string, unknown>>
  /** The underlying failure; logged, never sent. */
  readonly cause?: unknown
}

const kHttpError = Symbol.for('lokstra.httpError')

/**
 * An error with an HTTP status whose message is meant for the client. Anything else that is thrown becomes a generic 500.
 * Recognised by a registered symbol, so that it works across two installed copies of the package.
 */
export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly fields: readonly FieldError[] | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly [kHttpError] = true

  constructor(status: number, message?: string, options: HttpErrorOptions = {}) {
    const [code, text] = statusCodes[status] ?? [`HTTP_${status}`, `Status ${status}`]
    super(message ?? text, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.status = status
    this.code = options.code ?? code
    this.fields = options.fields
    this.headers = options.headers
    this.details = options.details
  }

  static is(value: unknown): value is HttpError {
    return typeof value === 'object' && value !== null && kHttpError in value
  }
}

/** Status → client code and default message. */
export const statusCodes: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['BAD_REQUEST', 'The request is not valid'],
  401: ['UNAUTHORIZED', 'Authentication is required'],
  403: ['FORBIDDEN', 'This is not allowed'],
  404: ['NOT_FOUND', 'Not found'],
  405: ['METHOD_NOT_ALLOWED', 'This method is not allowed here'],
  406: ['NOT_ACCEPTABLE', 'None of the accepted representations is available'],
  408: ['REQUEST_TIMEOUT', 'The request took too long to arrive'],
  409: ['CONFLICT', 'The request conflicts with the current state'],
  410: ['GONE', 'This is no longer available'],
  412: ['PRECONDITION_FAILED', 'A precondition of the request does not hold'],
  413: ['PAYLOAD_TOO_LARGE', 'The request body is too large'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The media type of the request body is not supported'],
  422: ['UNPROCESSABLE', 'The request cannot be processed'],
  429: ['TOO_MANY_REQUESTS', 'Too many requests'],
  431: ['HEADERS_TOO_LARGE', 'The request headers are too large'],
  500: ['INTERNAL_ERROR', 'Something went wrong'],
  501: ['NOT_IMPLEMENTED', 'This is not implemented'],
  502: ['BAD_GATEWAY', 'An upstream server gave an invalid answer'],
  503: ['SERVICE_UNAVAILABLE', 'The service is temporarily unavailable'],
  504: ['GATEWAY_TIMEOUT', 'An upstream server did not answer in time'],
}

/** A class whose instances are HttpErrors by name: linters look for `Error` among what a thrown value extends. */
interface ErrorOfStatus extends Omit<typeof HttpError, 'prototype'> {
  new (message?: string, options?: HttpErrorOptions): HttpError
}

function errorClass(status: number): ErrorOfStatus {
  return class extends HttpError {
    constructor(message?: string, options?: HttpErrorOptions) {
      super(status, message, options)
    }
  }
}

export class BadRequestError extends errorClass(400) {}
export class UnauthorizedError extends errorClass(401) {}
export class ForbiddenError extends errorClass(403) {}
export class NotFoundError extends errorClass(404) {}
export class MethodNotAllowedError extends errorClass(405) {}
export class NotAcceptableError extends errorClass(406) {}
export class RequestTimeoutError extends errorClass(408) {}
export class ConflictError extends errorClass(409) {}
export class GoneError extends errorClass(410) {}
export class PreconditionFailedError extends errorClass(412) {}
export class PayloadTooLargeError extends errorClass(413) {}
export class UnsupportedMediaTypeError extends errorClass(415) {}
export class UnprocessableError extends errorClass(422) {}
export class TooManyRequestsError extends errorClass(429) {}
export class InternalError extends errorClass(500) {}
export class NotImplementedError extends errorClass(501) {}
export class BadGatewayError extends errorClass(502) {}
export class ServiceUnavailableError extends errorClass(503) {}
export class GatewayTimeoutError extends errorClass(504) {}

/** Input that broke the rules of its DTO: 400 with one entry per broken rule. Those of the framework have no stack. */
export class ValidationError extends HttpError {
  constructor(fields: readonly FieldError[], message = 'The request is not valid') {
    super(400, message, { code: 'VALIDATION_ERROR', fields })
  }
}

/**
 * The same without a stack, which would say nothing about the input, and without a call of Error's constructor: that takes as long
 * as to bind a body of 500 bytes even where it is told to collect no stack, and invalid requests are not to be a weapon.
 */
export function validationError(fields: readonly FieldError[]): ValidationError {
  const error = Object.create(ValidationError.prototype) as Writable<ValidationError>
  error.name = 'ValidationError'
  error.message = 'The request is not valid'
  error.stack = 'ValidationError: The request is not valid'
  error.status = 400
  error.code = 'VALIDATION_ERROR'
  error.fields = fields
  error.headers = undefined
  error.details = undefined
  error[kHttpError] = true
  return error
}

/** What is known of an error that was thrown elsewhere. */
export type ErrorParts = Pick<HttpError, 'status' | 'code' | 'message' | 'fields' | 'details'>

/** An error of a class whose constructor does not run: it was thrown on another server. Its stack is that of who asks. */
export function restoreHttpError<E extends HttpError>(type: new (...args: never[]) => E, parts: ErrorParts): E {
  const error = Object.create(type.prototype as object) as Writable<HttpError>
  const hidden = { writable: true, configurable: true, enumerable: false }
  Object.defineProperty(error, 'message', { value: parts.message, ...hidden })
  error.name = type.name
  error.status = parts.status
  error.code = parts.code
  error.fields = parts.fields
  error.headers = undefined
  error.details = parts.details
  error[kHttpError] = true
  Error.captureStackTrace(error, restoreHttpError)
  return error as E
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
