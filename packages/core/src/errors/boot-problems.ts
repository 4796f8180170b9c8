import { maskFailure } from '../secrecy/covered-failures.js'
import { BootError } from './boot-error.js'
import { LokstraError } from './lokstra-error.js'
import { readPlace } from './place.js'

/** One reason why a server does not start, for tools; secrets are masked. */
export interface BootProblem {
  /** Of the catalogue; the name of any other error. */
  readonly code: string
  readonly problem: string
  /** `apps.api.listen`, of what configuration says. */
  readonly path?: string
  /** The first place that is a line of a file. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** What was received, as text shows it. */
  readonly value?: string
  /** What was wanted instead. */
  readonly expected?: string
  readonly fix?: string
  /** Where the error is explained. */
  readonly docs?: string
  /** Every place, the most telling first. */
  readonly where: readonly string[]
}

/** What {@link describeBootFailure} tells people, as data. */
export function readBootProblems(error: unknown): readonly BootProblem[] {
  const problems = error instanceof BootError ? error.problems : [error]
  return problems.map(readProblem)
}

function readProblem(error: unknown): BootProblem {
  if (!LokstraError.is(error)) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
    return { code: name, problem: maskFailure(error, message), where: [] }
  }
  const { code, problem, fix, docs, where, details } = error
  const { path, value, expected } = details
  const place = where.map((text) => readPlace(text)).find((found) => found !== undefined)
  return { code, problem, path, ...place, value, expected, fix, docs, where }
}
