import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

import type { RunAs } from './run-as.js'

const execute = promisify(execFile)
const readLimitMs = 5_000

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  // Dead, but nobody has collected it: in a container without an init nobody ever does.
  return statOf(pid)?.state !== 'Z'
}

/** On Linux, the boot and the clock tick in which a living process was started; undefined elsewhere. */
export function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = statOf(pid)
    return stat && stat.state !== 'Z' ? `${boot} ${stat.startTick}` : undefined
  } catch {
    return undefined
  }
}

/**
 * On Linux, the working folder of a process; undefined where the system does not tell.
 * @param user  whom the process belongs to and who is made to look: root in a container, without CAP_SYS_PTRACE, may not
 */
export async function workingFolderOf(pid: number, user: RunAs | undefined): Promise<string | undefined> {
  try {
    const { stdout } = await execute('readlink', ['-n', `/proc/${pid}/cwd`], {
      cwd: '/',
      timeout: readLimitMs,
      ...user,
    })
    return stdout
  } catch {
    return undefined
  }
}

/** Fields 3 and 22 of proc_pid_stat(5). The second may hold spaces and brackets. */
function statOf(pid: number): { state: string | undefined; startTick: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, startTick: fields[18] }
  } catch {
    return undefined
  }
}
