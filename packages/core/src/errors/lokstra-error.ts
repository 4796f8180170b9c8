import { secretMask } from '../secrecy/secret-mask.js'
import type { CallSite } from './call-site.js'

/** One entry of the catalogue: the text of an error, built from the values that caused it. */
export interface ErrorDefinition<P> {
  /** Starts with `W_` where it is logged as a warning and stops nothing. */
  readonly code: `${'E' | 'W'}_${string}`
  /** One sentence for the docs: when it occurs. */
  readonly when: string
  /** What happened, with the value received. */
  readonly message: (params: P) => string
  /** What to do about it. */
  readonly fix: (params: P) => string
  /** Parameters that show the error in the generated docs page. */
  readonly example: P
  /** A server that cannot start for it cannot start later either, until somebody changes something. Default false. */
  readonly isLasting?: true
}

export function defineError<P>(definition: ErrorDefinition<P>): ErrorDefinition<P> {
  return definition
}

/** What an error says of a configured value, for tools; secrets masked. */
export interface ErrorDetails {
  /** `apps.api.listen` */
  readonly path?: string
  /** As it was received, in words where it is no plain value. */
  readonly value?: string
  /** What it has to be: `must be a boolean`. */
  readonly expected?: string
  /** A name is unknown that resembles a known one. Default false. */
  readonly isNearMiss?: boolean
}

/** What an error may say besides. */
export interface LokstraErrorOptions extends ErrorOptions, ErrorDetails {
  /** Default false. */
  readonly isLasting?: boolean
}

const kLokstraError = Symbol.for('lokstra.error')

/**
 * An error made for the developer: `code`, what happened, where, and what to do.
 * Secrets that came from secret providers are hidden in its texts.
 * Recognised by a registered symbol, so that it works across two installed copies of the package.
 */
export class LokstraError extends Error {
  override readonly name: string = 'LokstraError'
  readonly code: string
  /** What happened, without place and fix. */
  readonly problem: string
  readonly fix: string
  /** `file:line` of the user's code or configuration, the most telling first. */
  readonly where: readonly string[]
  readonly details: ErrorDetails
  /** Of what keeps a server from starting: to start it again does not help, until somebody changes something. */
  readonly isLasting: boolean
  readonly [kLokstraError] = true

  constructor(
    code: string,
    problem: string,
    fix: string,
    where: readonly string[] = [],
    { cause, isLasting = false, ...details }: LokstraErrorOptions = {},
  ) {
    const shown = { problem: secretMask.apply(problem), fix: secretMask.apply(fix) }
    super(format(code, shown.problem, shown.fix, where), cause === undefined ? undefined : { cause })
    this.code = code
    this.problem = shown.problem
    this.fix = shown.fix
    this.where = where
    this.details = masked(details)
    this.isLasting = isLasting
  }

  /** Where the error is explained. */
  get docs(): string {
    return docsOf(this.code)
  }

  static is(value: unknown): value is LokstraError {
    return typeof value === 'object' && value !== null && kLokstraError in value
  }
}

function masked({ value, expected, ...rest }: ErrorDetails): ErrorDetails {
  return {
    ...rest,
    ...(value === undefined ? {} : { value: secretMask.apply(value) }),
    ...(expected === undefined ? {} : { expected: secretMask.apply(expected) }),
  }
}

function format(code: string, problem: string, fix: string, where: readonly string[]): string {
  const places = where.map((place) => `\n  at   ${place}`).join('')
  return `${code}: ${problem}${places}\n  fix  ${fix}\n  see  ${docsOf(code)}`
}

function docsOf(code: string): string {
  return `node_modules/@lokstra/core/errors.md#${code.toLowerCase()}`
}

/** The same error with a place, where it knows none itself. */
export function placed(error: LokstraError, where: string): LokstraError {
  if (error.where.length > 0) return error
  const { code, problem, fix, details, cause, isLasting } = error
  return new LokstraError(code, problem, fix, [where], { ...details, cause, isLasting })
}

type Where = CallSite | string | undefined

/** Builds the error of a catalogue entry. `where` takes call sites and `file:line:column` texts; undefined ones are left out. */
export function lokstraError<P>(
  definition: ErrorDefinition<P>,
  params: P,
  where: Where | readonly Where[] = [],
  options?: ErrorOptions & ErrorDetails,
): LokstraError {
  const places = (Array.isArray(where) ? (where as readonly Where[]) : [where as Where]).filter(
    (place) => place !== undefined,
  )
  return new LokstraError(
    definition.code,
    definition.message(params),
    definition.fix(params),
    [...new Set(places.map(String))],
    definition.isLasting ? { ...options, isLasting: true } : options,
  )
}
