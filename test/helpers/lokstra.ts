import { execFile } from 'node:child_process'
import { join } from 'node:path'

import { repositoryRoot } from './repository.js'

/** What the `lokstra` command of this repository starts. */
export const lokstraScript = join(repositoryRoot, 'packages/cli/bin/lokstra.js')

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; one that a signal ended has the code -1. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { ...options, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

/** Runs `lokstra` in a folder. */
export function lokstra(folder: string, ...args: readonly string[]): Promise<Ended> {
  return runProgram(process.execPath, [lokstraScript, ...args], { cwd: folder })
}
