import { secretMask } from '../logging/secret-mask.js'
import type { BootError } from './boot-error.js'
import { LokstraError } from './lokstra-error.js'

/**
 * Why a server does not start, for people to read: what an error of the catalogue says of itself, of any other its stack, each
 * with its causes.
 */
export function describeBootFailure(error: unknown): string {
  return secretMask.apply(describe(error, []))
}

function describe(error: unknown, above: readonly unknown[]): string {
  if (!(error instanceof Error)) return String(error)
  if (above.includes(error)) return `${error.name}, as above`
  const here = [...above, error]
  const text = LokstraError.is(error) ? describeKnown(error, here) : (error.stack ?? error.message)
  return error.cause === undefined ? text : `${text}\n  cause  ${describe(error.cause, here)}`
}

function describeKnown(error: LokstraError, here: readonly unknown[]): string {
  const { problems } = error as Partial<BootError>
  if (!problems) return error.message
  const list = problems.map((problem, index) => `${index + 1}. ${describe(problem, here)}`)
  return `${error.problem}:\n\n${list.join('\n\n')}`
}
