import {
  Duration,
  OnConfigReload,
  Service,
  secretNames,
  type Context,
  type LogFields,
  type MiddlewareHandler,
  type Next,
} from '@lokstra/core'
import { ArrayNotEmpty, IsArray, IsBoolean, IsInt, IsString, Min } from 'class-validator'

/** What the line says when the client left before there was an answer: the status that nginx made customary. */
const clientClosedRequest = 499
const switchingProtocols = 101

export class RequestLoggerConfig {
  /** A request that takes longer is logged as a warning with `slow: true`; milliseconds or text such as `500ms`. Default `1s`. */
  @Duration()
  @IsInt()
  @Min(0)
  slow = 1000

  /** Paths that are not logged; `*` stands for any text: `/health/*`. Default: none. */
  @IsArray()
  @IsString({ each: true })
  skip: string[] = []

  /** Log the query too, redacted. Default false. */
  @IsBoolean()
  query = false

  /** Names whose values are replaced in a logged query, wherever the name contains one of these; case does not matter. */
  @ArrayNotEmpty()
  @IsString({ each: true })
  redactQuery: string[] = [...secretNames, 'key', 'code', 'signature', 'session', 'auth']

  /** Log the `User-Agent` header. Default false. */
  @IsBoolean()
  userAgent = false
}

/**
 * One structured line for each request, after its response: method, path, route pattern, status, duration, bytes and address.
 * 5xx are errors, slow requests warnings, everything else is information. Bodies and headers are never logged.
 */
@Service({ name: 'requestLogger', config: RequestLoggerConfig })
export class RequestLogger implements MiddlewareHandler {
  #config: RequestLoggerConfig
  #skip: readonly (readonly string[])[] = []
  #redact: readonly string[] = []

  constructor(config: RequestLoggerConfig) {
    this.#config = config
    this.reconfigure(config)
  }

  @OnConfigReload()
  reconfigure(config: RequestLoggerConfig): void {
    this.#config = config
    this.#skip = config.skip.map((pattern) => pattern.split('*'))
    this.#redact = config.redactQuery.map((name) => name.toLowerCase())
  }

  handle(ctx: Context, next: Next): unknown {
    if (!this.#skip.some((pieces) => matches(ctx.path, pieces))) {
      const { socket } = ctx.req
      // The connection may be gone by the time the line is written.
      const { ip } = ctx
      const bytesBefore = socket.bytesWritten
      ctx.afterResponse(() => this.#log(ctx, ip, socket.bytesWritten - bytesBefore))
    }
    return next()
  }

  #log(ctx: Context, ip: string, bytes: number): void {
    const { res } = ctx
    const aborted = !res.writableFinished && ctx.req.socket.destroyed
    const status = aborted && !res.headersSent ? clientClosedRequest : res.statusCode
    const durationMs = Math.round((performance.now() - ctx.startedAt) * 100) / 100
    // A connection that speaks another protocol is open for as long as its two sides like.
    const slow = status !== switchingProtocols && durationMs > this.#config.slow
    const fields: LogFields = {
      method: ctx.method,
      path: ctx.path,
      query: this.#config.query && ctx.search !== '' ? this.#redacted(ctx.search) : undefined,
      route: ctx.route.path,
      status,
      durationMs,
      bytes: Number.isNaN(bytes) ? undefined : bytes,
      ip,
      userAgent: this.#config.userAgent ? ctx.headers['user-agent'] : undefined,
      aborted: aborted || undefined,
      slow: slow || undefined,
    }
    if (status >= 500) ctx.log.error('request', fields)
    else if (slow) ctx.log.warn('request', fields)
    else ctx.log.info('request', fields)
  }

  #redacted(search: string): string {
    const query = new URLSearchParams(search)
    for (const name of new Set(query.keys())) {
      const lower = name.toLowerCase()
      if (this.#redact.some((secret) => lower.includes(secret))) query.set(name, '[redacted]')
    }
    return query.toString()
  }
}

/**
 * Whether a path is made of these pieces with any text between them. Each is taken where it comes first, which leaves the most
 * for the others, so nothing is tried twice as a regular expression would.
 */
function matches(path: string, pieces: readonly string[]): boolean {
  const [first = '', ...between] = pieces
  const last = between.pop()
  if (last === undefined) return path === first
  if (!path.startsWith(first) || !path.endsWith(last)) return false
  let at = first.length
  for (const piece of between) {
    const found = path.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at + last.length <= path.length
}
