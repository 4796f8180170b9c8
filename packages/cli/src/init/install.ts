import { spawn } from 'node:child_process'
import { relative } from 'node:path'
import { lokstraError } from '@lokstra/core'

import { E_PACKAGE_MANAGER } from '../catalogue/command-line.js'
import type { PackageManager } from './package-managers.js'

/**
 * Installs the dependencies of a project.
 * @param folder  absolute
 * @param signal  ends the package manager
 * @throws LokstraError `E_PACKAGE_MANAGER`, after its output was handed to `print`
 */
export async function install(
  manager: PackageManager,
  folder: string,
  signal: AbortSignal,
  print: (output: string) => void,
): Promise<void> {
  const fail = (reason: string) => {
    const place = relative(process.cwd(), folder) || '.'
    throw lokstraError(E_PACKAGE_MANAGER, { command: `${manager} install`, folder: place, reason })
  }
  let output = ''
  const keep = (text: string) => (output += text)
  // On Windows package managers are scripts, which only a shell runs.
  const child = spawn(manager, ['install'], {
    cwd: folder,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGTERM',
  })
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const code = await new Promise<number | string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (status, name) => done(status ?? name ?? ''))
  })
  if (code === 0) return
  print(output)
  if (signal.aborted) fail('was cut off')
  fail(typeof code === 'number' ? `ended with code ${code}` : `could not run (${code})`)
}
