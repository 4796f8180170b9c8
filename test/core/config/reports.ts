import { BootError, LokstraError } from '@lokstra/core'

/** What a function reports, each problem as `CODE line:column what happened`; an empty list when it succeeds. */
export async function reportsOf(run: () => unknown): Promise<string[]> {
  try {
    await run()
    return []
  } catch (error) {
    if (!LokstraError.is(error)) throw error
    return problemsOf(error).map(describeProblem)
  }
}

export function problemsOf(error: LokstraError): readonly LokstraError[] {
  return error instanceof BootError ? error.problems : [error]
}

export function describeProblem({ code, problem, where }: LokstraError): string {
  const place = /:(\d+:\d+)$/.exec(where[0] ?? '')?.[1]
  return [code, place, problem].filter((part) => part !== undefined).join(' ')
}
