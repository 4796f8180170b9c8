import { E_BOOT } from './catalogue/lifecycle.js'
import { LokstraError } from './lokstra-error.js'
import { readPlace } from './place.js'

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

/** Throws the single problem as it is, several in their order as one {@link BootError}, and returns when there is none. */
export function throwProblems(problems: readonly LokstraError[]): void {
  if (problems.length === 1) throw problems[0]!
  if (problems.length > 1) throw new BootError(inOrder(problems))
}

/** Those of files by file, line and column; behind them those of code, as they were found. */
function inOrder(problems: readonly LokstraError[]): readonly LokstraError[] {
  const places = new Map(problems.map((problem) => [problem, readPlace(problem.where[0])]))
  return [...problems].sort((one, other) => {
    const [a, b] = [places.get(one), places.get(other)]
    if (a?.column === undefined || b?.column === undefined)
      return Number(a?.column === undefined) - Number(b?.column === undefined)
    if (a.file !== b.file) return a.file < b.file ? -1 : 1
    return a.line - b.line || a.column - b.column
  })
}
