import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { BootError, createServer, LokstraError, type ServerOptions } from '@lokstra/core'

/** What stops a server from starting; nothing of it is constructed. */
export async function problemsOf(options: ServerOptions): Promise<readonly LokstraError[]> {
  try {
    await createServer(options).check()
  } catch (error) {
    return error instanceof BootError ? error.problems : [error as LokstraError]
  }
  return []
}

/** The one problem that stops a server from starting. */
export async function problemOf(options: ServerOptions): Promise<LokstraError> {
  const problems = await problemsOf(options)
  if (problems.length !== 1) throw new Error(`Expected one problem, got ${problems.length}:\n${problems.join('\n')}`)
  return problems[0]!
}

/** `file.ts:line` of the line that ends in the comment `// at: <marker>`, as errors print it. */
export function placeOf(compiledUrl: string, marker: string): string {
  const file = fileURLToPath(compiledUrl).replace(`${sep}dist${sep}`, sep).replace(/\.js$/, '.ts')
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => text.endsWith(`// at: ${marker}`))
  if (line < 0) throw new Error(`${file} has no line marked ${marker}`)
  return `${relative(process.cwd(), file)}:${line + 1}`
}

/** The error of our catalogue that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<LokstraError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!LokstraError.is(error)) throw new Error(`Expected a LokstraError, got ${String(error)}`, { cause: error })
  return error
}
