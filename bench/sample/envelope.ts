import { randomUUID } from 'node:crypto'

export interface WrongField {
  readonly in: 'path' | 'query' | 'header' | 'body'
  readonly field: string
  readonly code: string
  readonly message: string
}

export interface Success<T> {
  readonly status: 'success'
  readonly data: T
}

export interface Failure {
  readonly status: 'error'
  readonly error: {
    readonly code: string
    readonly message: string
    readonly fields?: readonly WrongField[]
    readonly requestId: string
  }
}

/** The outer shape of every answer, for the targets whose framework has none. */
export function success<T>(data: T): Success<T> {
  return { status: 'success', data }
}

export function failure(code: string, message: string, requestId: string = randomUUID()): Failure {
  return { status: 'error', error: { code, message, requestId } }
}

export function invalid(fields: readonly WrongField[], requestId: string = randomUUID()): Failure {
  return {
    status: 'error',
    error: { code: 'VALIDATION_ERROR', message: 'The request is not valid', fields, requestId },
  }
}

/** Code and message of an error without fields, by status. */
export function failureOf(status: number, requestId?: string): Failure {
  const [code, message] = codes[status] ?? ['INTERNAL_ERROR', 'Something went wrong']
  return failure(code, message, requestId)
}

const codes: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['BAD_REQUEST', 'The request is not valid'],
  403: ['FORBIDDEN', 'This is not allowed'],
  404: ['NOT_FOUND', 'Not found'],
  413: ['PAYLOAD_TOO_LARGE', 'The request body is too large'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The media type of the request body is not supported'],
}
