import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** @returns what came of it, for people to read */
export async function initGit(folder: string): Promise<string> {
  const isInside = await run('git', ['rev-parse', '--is-inside-work-tree'], { cwd: folder }).then(
    () => true,
    () => false,
  )
  if (isInside) return 'The folder is in a git repository already'
  return run('git', ['init', '--quiet'], { cwd: folder }).then(
    () => 'Made a git repository',
    (error: unknown) => `No git repository was made: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`,
  )
}
