import {
  Duration,
  lokstraError,
  OnConfigReload,
  Result,
  Service,
  type Context,
  type MiddlewareHandler,
  type Next,
} from '@lokstra/core'
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Matches, Min } from 'class-validator'
import vary from 'vary'

import { E_CORS_CREDENTIALS, E_CORS_ORIGIN } from './errors.js'

const token = /^[\w!#$%&'*+.^`|~-]+$/
const tokens = { each: true, message: 'each value in $property must be the name of an HTTP header or method' }

export class CorsConfig {
  /**
   * Origins whose pages may read the answers: exact ones such as `https://shop.example`, all subdomains of one
   * (`https://*.shop.example`, at any depth), `null`, or `*` for every origin. Default: none.
   */
  @IsArray()
  @IsString({ each: true })
  origins: string[] = []

  /** Methods that a preflight allows. Default GET, HEAD, PUT, PATCH, POST and DELETE. */
  @IsArray()
  @Matches(token, tokens)
  methods: string[] = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE']

  /** Request headers that a preflight allows. Default: those that it asks for. */
  @IsOptional()
  @IsArray()
  @Matches(token, tokens)
  headers?: string[]

  /** Response headers that pages may read besides the safelisted ones. Default: none. */
  @IsArray()
  @Matches(token, tokens)
  exposeHeaders: string[] = []

  /** Let pages send cookies and HTTP authentication. Not with the origin `*`. Default false. */
  @IsBoolean()
  credentials = false

  /** How long browsers may keep a preflight's answer, in milliseconds or as text such as `1h`. Default 10 minutes. */
  @Duration()
  @IsInt()
  @Min(0)
  maxAge = 600_000
}

/**
 * Lets pages of other origins call this server, by the CORS protocol of the Fetch standard. Preflights are answered here,
 * for every path. A request from an origin that is not listed goes on without CORS headers: its page cannot read the answer.
 * @throws E_CORS_CREDENTIALS, E_CORS_ORIGIN  when constructed
 */
@Service({ name: 'cors', config: CorsConfig })
export class Cors implements MiddlewareHandler {
  /** A preflight reaches no operation, so middleware of a controller or a method would never see it. */
  static readonly levels = ['server', 'app'] as const

  /** Replaced as a whole: an answer is made by one policy. */
  #policy: Policy

  constructor(config: CorsConfig) {
    this.#policy = new Policy(config)
  }

  @OnConfigReload()
  reconfigure(config: CorsConfig): void {
    this.#policy = new Policy(config)
  }

  handle(ctx: Context, next: Next): unknown {
    return this.#policy.handle(ctx, next)
  }
}

/** One configuration, ready to be asked. */
class Policy {
  readonly #allowsAny: boolean
  readonly #exact: ReadonlySet<string>
  readonly #patterns: readonly RegExp[]
  readonly #credentials: boolean
  readonly #methods: string
  readonly #headers: string | undefined
  readonly #exposed: string
  readonly #maxAge: string

  constructor(config: CorsConfig) {
    const origins = config.origins.map((origin) => origin.toLowerCase())
    this.#allowsAny = origins.includes('*')
    if (this.#allowsAny && config.credentials) throw lokstraError(E_CORS_CREDENTIALS, { origins })
    const wrong = origins.find((origin) => !isOrigin(origin))
    if (wrong !== undefined) throw lokstraError(E_CORS_ORIGIN, { origin: wrong })
    this.#exact = new Set(origins)
    this.#patterns = origins.filter((origin) => origin.includes('//*.')).map(subdomains)
    this.#credentials = config.credentials
    this.#methods = config.methods.join(', ')
    this.#headers = config.headers?.join(', ')
    this.#exposed = config.exposeHeaders.join(', ')
    this.#maxAge = String(Math.floor(config.maxAge / 1000))
  }

  handle(ctx: Context, next: Next): unknown {
    const { origin } = ctx.headers
    // On every answer, also to requests without an origin: a cache may give it to one that has an origin.
    if (!this.#allowsAny) addVary(ctx, 'Origin')
    const allowed = origin !== undefined && this.#allows(origin)
    if (allowed) {
      ctx.setHeader('access-control-allow-origin', this.#allowsAny ? '*' : origin)
      if (this.#credentials) ctx.setHeader('access-control-allow-credentials', 'true')
    }
    if (
      ctx.method === 'OPTIONS' &&
      origin !== undefined &&
      ctx.headers['access-control-request-method'] !== undefined
    ) {
      return this.#preflight(ctx, allowed)
    }
    if (allowed && this.#exposed !== '') ctx.setHeader('access-control-expose-headers', this.#exposed)
    return next()
  }

  #preflight(ctx: Context, allowed: boolean): Result<void> {
    const result = new Result<void>(204, { kind: 'empty' })
    if (this.#headers === undefined) addVary(ctx, 'Access-Control-Request-Headers')
    if (!allowed) return result
    const permission = result
      .withHeader('access-control-allow-methods', this.#methods)
      .withHeader('access-control-max-age', this.#maxAge)
    const headers = this.#headers ?? requestedHeaders(ctx)
    return headers === '' ? permission : permission.withHeader('access-control-allow-headers', headers)
  }

  #allows(origin: string): boolean {
    return this.#allowsAny || this.#exact.has(origin) || this.#patterns.some((pattern) => pattern.test(origin))
  }
}

/** What the preflight asks for, when it is a list of header names. */
function requestedHeaders(ctx: Context): string {
  const requested = ctx.headers['access-control-request-headers'] ?? ''
  return requested.split(',').every((name) => token.test(name.trim())) ? requested : ''
}

function addVary(ctx: Context, field: string): void {
  const present = ctx.responseHeaders?.vary
  ctx.setHeader('vary', vary.append(present === undefined ? '' : String(present), field))
}

function isOrigin(origin: string): boolean {
  if (origin === '*' || origin === 'null') return true
  const host = origin.replace('://*.', '://')
  return !host.includes('*') && URL.canParse(host) && host === `${new URL(host).protocol}//${new URL(host).host}`
}

function subdomains(origin: string): RegExp {
  const [scheme, domain] = origin.split('*.') as [string, string]
  return new RegExp(`^${escapePattern(scheme)}(?:[a-z0-9-]+\\.)+${escapePattern(domain)}$`)
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
