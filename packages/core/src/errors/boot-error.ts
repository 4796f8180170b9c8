import { E_BOOT } from './catalogue/lifecycle.js'
import { LokstraError } from './lokstra-error.js'

/** Several problems found in one pass, reported together. */
export class BootError extends LokstraError {
  override readonly name = 'BootError'
  readonly problems: readonly LokstraError[]

  constructor(problems: readonly LokstraError[]) {
    const count = { count: problems.length }
    super(E_BOOT.code, E_BOOT.message(count), E_BOOT.fix(count))
    this.problems = problems
    this.message = `${this.problem}:\n\n${problems.map((problem, index) => `${index + 1}. ${problem.message}`).join('\n\n')}`
  }
}

/** Throws the single problem as it is, several as one {@link BootError}, and returns when there is none. */
export function throwProblems(problems: readonly LokstraError[]): void {
  if (problems.length === 1) throw problems[0]!
  if (problems.length > 1) throw new BootError(problems)
}
