import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { lokstraError } from '@lokstra/core'

import { E_EMBEDDED_IN_USE } from '../catalogue.js'

interface Owner {
  readonly pid: number
  /** Tells a process from a later one with the same number, where the system can. */
  readonly started?: string | undefined
  /** How others can connect, once the database is ready. */
  readonly url?: string
}

/** Marks a data folder as taken by this process, in a file that says by whom. */
export class FolderOwner {
  readonly #file: string

  private constructor(file: string) {
    this.#file = file
  }

  /** @throws LokstraError `E_EMBEDDED_IN_USE` */
  static async claim(folder: string): Promise<FolderOwner> {
    const file = join(folder, 'owner.json')
    for (let attempt = 0; ; attempt++) {
      try {
        write(file, {}, 'wx')
        return new FolderOwner(file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const owner = read(file)
      if (owner && isRunning(owner)) throw lokstraError(E_EMBEDDED_IN_USE, { folder, pid: owner.pid, file })
      // Unreadable can mean that it is being written at this moment.
      if (owner || attempt > 5) rmSync(file, { force: true })
      else await delay(20)
    }
  }

  publish(url: string): void {
    write(this.#file, { url }, 'w')
  }

  release(): void {
    rmSync(this.#file, { force: true })
  }
}

function write(file: string, more: Pick<Owner, 'url'>, flag: 'w' | 'wx'): void {
  const owner: Owner = { pid: process.pid, started: startOf(process.pid), ...more }
  writeFileSync(file, `${JSON.stringify(owner, null, 2)}\n`, { flag, mode: 0o600 })
}

function read(file: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as Owner
    return Number.isInteger(owner.pid) ? owner : undefined
  } catch {
    return undefined
  }
}

function isRunning({ pid, started }: Owner): boolean {
  return isAlive(pid) && (started === undefined || started === startOf(pid))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** On Linux, the boot and the clock tick in which a living process was started (fields 3 and 22 of proc_pid_stat(5)). */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Dead, but nobody has collected it: in a container without an init nobody ever does.
    return state === 'Z' ? undefined : `${boot} ${fields[18]}`
  } catch {
    return undefined
  }
}
