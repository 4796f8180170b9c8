import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { lokstraError } from '@lokstra/core'

import { E_EMBEDDED_IN_USE, E_EMBEDDED_START } from '../catalogue.js'
import { programOf, type Binaries } from './binaries.js'
import { isAlive, workingFolderOf } from './processes.js'
import { giveTo, type RunAs } from './run-as.js'
import { WatchedProcess } from './watched-process.js'

const orphanPatienceMs = 2_000
const orphanLimitMs = 10_000

/** The files of one database server below a data folder: `cluster/data`, and `cluster/password` of its superuser. */
export class Cluster {
  readonly folder: string
  readonly dataFolder: string
  readonly #parent: string

  constructor(parent: string) {
    this.#parent = parent
    this.folder = join(parent, 'cluster')
    this.dataFolder = join(this.folder, 'data')
  }

  /** Major version of Postgres that made the data, undefined where there is none yet. */
  async version(): Promise<string | undefined> {
    const text = await readFile(join(this.dataFolder, 'PG_VERSION'), 'utf8').catch(() => undefined)
    return text?.trim()
  }

  async password(): Promise<string> {
    return (await readFile(join(this.folder, 'password'), 'utf8')).trim()
  }

  /** Data copied by root belongs to root, and Postgres would refuse it. */
  async takeOver(user: RunAs | undefined): Promise<void> {
    if (user && (await stat(this.folder)).uid !== user.uid) await giveTo(this.folder, user)
  }

  /** Makes the files beside their final place and moves them there when they are complete, so that they are never found half made. */
  async create(binaries: Binaries, durable: boolean, user: RunAs | undefined): Promise<void> {
    const draft = join(this.#parent, 'cluster.new')
    await rm(draft, { recursive: true, force: true, maxRetries: 5 })
    await mkdir(join(draft, 'data'), { recursive: true, mode: 0o700 })
    await chmod(draft, 0o700)
    await writeFile(join(draft, 'password'), randomBytes(16).toString('hex'), { mode: 0o600 })
    if (user) await giveTo(draft, user)
    const dataFolder = join(draft, 'data')
    const program = programOf(binaries, 'initdb')
    const args = [
      ...['-D', pathFor(dataFolder, user), '-U', 'postgres', '-E', 'UTF8', ...localeOptions(binaries)],
      ...['-A', 'scram-sha-256', '--pwfile', '../password', ...(durable ? [] : ['--no-sync'])],
    ]
    const initdb = new WatchedProcess(program, args, { cwd: dataFolder, user })
    const ending = await initdb.ended
    if (ending !== 'exit code 0') {
      throw lokstraError(E_EMBEDDED_START, { binary: program, output: `${initdb.output}\n(${ending})`.trim() })
    }
    await rename(draft, this.folder)
  }

  /**
   * After a crash of its owner a server may still be ending, or, where its watchdog was killed too, be running.
   * @throws LokstraError `E_EMBEDDED_IN_USE` when it does not end
   */
  async endOrphan(user: RunAs | undefined): Promise<void> {
    const file = join(this.dataFolder, 'postmaster.pid')
    const startedAt = performance.now()
    for (let asked = false; ;) {
      const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
      if (!(pid > 0)) return
      const verdict = isAlive(pid) ? await this.#isServer(pid, user) : 'no'
      if (verdict === 'no') {
        // Postgres would take a living process of the same user for itself, whatever that process is.
        await rm(file, { force: true })
        return
      }
      const waited = performance.now() - startedAt
      if (waited > orphanLimitMs) throw lokstraError(E_EMBEDDED_IN_USE, { folder: this.#parent, pid, file })
      if (verdict === 'yes' && waited > orphanPatienceMs && !asked) {
        asked = true
        interrupt(pid)
      }
      await delay(50)
    }
  }

  /** Whether a living process is the server of this folder. Postgres works in its data folder. */
  async #isServer(pid: number, user: RunAs | undefined): Promise<'yes' | 'no' | 'unknown'> {
    // Elsewhere than on Linux there is only the word of the file.
    if (process.platform !== 'linux') return 'yes'
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (!name.startsWith('postgres')) return 'no'
    const folder = await workingFolderOf(pid, user)
    if (folder === undefined) return 'unknown'
    return folder === (await realpath(this.dataFolder)) ? 'yes' : 'no'
  }
}

/**
 * How the server is told where its data is. Another user may not be able to reach the folder by its path (a project under
 * /root); through its own working directory, which root opens for it, it can. Checked with Postgres 15 and 18.
 */
export function pathFor(folder: string, user: RunAs | undefined): string {
  return user && process.platform === 'linux' ? '/proc/self/cwd' : folder
}

/** Sorting by code point, and case rules of Unicode: the same on every machine. */
function localeOptions({ version }: Binaries): string[] {
  if (Number(version) >= 17) return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return process.platform === 'linux' ? ['--locale=C', '--lc-ctype=C.UTF-8'] : ['--locale=C']
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch {
    // It has just ended, or belongs to somebody else: waiting goes on and decides.
  }
}
