import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

/** Attributes of a cookie that a result sets. */
export interface CookieOptions {
  /** Default: a session cookie. */
  readonly maxAgeSeconds?: number
  readonly expires?: Date
  /** Default `/`. */
  readonly path?: string
  readonly domain?: string
  /** Default true. */
  readonly httpOnly?: boolean
  /** Default true. Browsers treat `http://localhost` as secure. */
  readonly secure?: boolean
  /** Default `lax`. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
}

/** Which page of a list an answer holds. */
export interface Paging {
  /** From 1. */
  readonly page: number
  readonly size: number
  /** Number of all items, not only this page's. */
  readonly total: number
}

/** How a file is sent. */
export interface FileOptions {
  /** Folder that `path` is relative to and may not leave. Default: the working folder. */
  readonly root?: string
  /** Media type. Default: by extension. */
  readonly type?: string
  /** Offers it for download under this name. */
  readonly downloadAs?: string
  /** `Cache-Control: max-age`. Default 0. */
  readonly maxAgeSeconds?: number
}

/** What gives the chunks of a streamed answer. */
export type StreamSource = Readable | ReadableStream | AsyncIterable<unknown> | Iterable<unknown>

/** What goes into the body of a response. */
export type ResultBody =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'text'; readonly text: string | Uint8Array; readonly type: string }
  | { readonly kind: 'stream'; readonly source: StreamSource; readonly type: string }
  | { readonly kind: 'file'; readonly path: string; readonly options: FileOptions }
  | { readonly kind: 'error'; readonly error: unknown }

const kResult = Symbol.for('lokstra.result')

/** What the `with…` methods add to a status and a body. */
interface Refinements {
  readonly message: string | undefined
  readonly meta: Readonly<Record<string, unknown>> | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>> | undefined
  readonly cookies:
    readonly { readonly name: string; readonly value: string; readonly options: CookieOptions }[] | undefined
}

/**
 * A response described, not yet sent. Handlers get one from the context (`ctx.ok(data)`) and refine it with the `with…` methods,
 * each of which returns a changed copy: a result may be kept and answer many requests.
 * Recognised by a registered symbol, so that it works across two installed copies of the package.
 */
export class Result<T = unknown> implements Refinements {
  readonly status: number
  readonly body: ResultBody
  readonly message: Refinements['message']
  readonly meta: Refinements['meta']
  readonly headers: Refinements['headers']
  readonly cookies: Refinements['cookies']
  /** Only for the type: what the operation answers with. */
  declare readonly data: T

  /** @param refinements  Default: none */
  constructor(status: number, body: ResultBody, refinements?: Refinements) {
    this.status = status
    this.body = body
    this.message = refinements?.message
    this.meta = refinements?.meta
    this.headers = refinements?.headers
    this.cookies = refinements?.cookies
  }

  // On the prototype: an own field would cost every response a property.
  get [kResult](): true {
    return true
  }

  static is(value: unknown): value is Result {
    return typeof value === 'object' && value !== null && kResult in value
  }

  withStatus(status: number): Result<T> {
    return new Result<T>(status, this.body, this)
  }

  /** A sentence for people, in the envelope. */
  withMessage(message: string): Result<T> {
    const { status, body, meta, headers, cookies } = this
    return new Result<T>(status, body, { message, meta, headers, cookies })
  }

  /** Adds keys to the envelope's `meta`. */
  withMeta(meta: Readonly<Record<string, unknown>>): Result<T> {
    const { status, body, message, headers, cookies } = this
    return new Result<T>(status, body, { message, meta: { ...this.meta, ...meta }, headers, cookies })
  }

  withHeader(name: string, value: string | number | readonly string[]): Result<T> {
    const { status, body, message, meta, cookies } = this
    // Spreading an object whose keys were computed is ten times slower.
    const headers: Record<string, string | readonly string[]> = Object.assign({}, this.headers)
    headers[name.toLowerCase()] = typeof value === 'number' ? String(value) : value
    return new Result<T>(status, body, { message, meta, headers, cookies })
  }

  /** Sets a cookie: HttpOnly, Secure and SameSite=Lax unless told otherwise. */
  withCookie(name: string, value: string, options: CookieOptions = {}): Result<T> {
    const { status, body, message, meta, headers } = this
    const cookies = [...(this.cookies ?? []), { name, value, options }]
    return new Result<T>(status, body, { message, meta, headers, cookies })
  }

  /**
   * Sets `ETag`; a GET or HEAD whose `If-None-Match` names it is answered 304 without a body.
   * The tag is quoted when it is not yet. RFC 9110 §8.8.3.
   */
  withEtag(tag: string): Result<T> {
    return this.withHeader('etag', quoteEtag(tag))
  }
}

export function quoteEtag(tag: string): string {
  return /^(?:W\/)?".*"$/.test(tag) ? tag : `"${tag}"`
}

/** The list meta of a page: `page, size, total, totalPages, hasNext, hasPrev`. */
export function pageMeta({ page, size, total }: Paging): Record<string, unknown> {
  // An empty page size has no number of pages; one keeps the meta free of NaN and Infinity.
  const totalPages = size > 0 ? Math.max(1, Math.ceil(total / size)) : 1
  return { page, size, total, totalPages, hasNext: page < totalPages, hasPrev: page > 1 }
}
