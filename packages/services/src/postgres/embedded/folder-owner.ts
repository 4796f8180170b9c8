import { createHash, randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { lokstraError } from '@lokstra/core'

import { E_EMBEDDED_IN_USE } from '../catalogue.js'
import { isAlive, startOf } from './processes.js'

/** Whose a data folder is. */
export interface Owner {
  readonly pid: number
  /** Tells a process from a later one with the same number, where the system can. */
  readonly started?: string | undefined
  /** Makes every claim a text of its own. */
  readonly claim?: string
  /** How others can connect, once the database is ready. */
  readonly url?: string
  /** Process whose processes use the database, one after the other or together. */
  readonly keptFor?: number | undefined
  /** Of a database that is kept. */
  readonly singleSession?: boolean
}

/** Marks a data folder as taken by this process, in a file that says by whom. The file is never seen half written. */
export class FolderOwner {
  readonly #file: string
  readonly #owner: Owner

  private constructor(folder: string, keptFor: number | undefined) {
    this.#file = join(folder, 'owner.json')
    this.#owner = { pid: process.pid, started: startOf(process.pid), claim: randomUUID(), keptFor }
  }

  /** The living owner that keeps a database for a process; undefined where there is none. */
  static keptFor(folder: string, pid: number): Owner | undefined {
    const owner = parse(read(join(folder, 'owner.json')) ?? '')
    return owner?.keptFor === pid && isRunning(owner) ? owner : undefined
  }

  /**
   * @param keptFor  process whose processes use the database, one after the other or together; undefined where this process does
   * @throws LokstraError `E_EMBEDDED_IN_USE`
   */
  static async claim(folder: string, keptFor?: number): Promise<FolderOwner> {
    const claim = await FolderOwner.tryClaim(folder, keptFor)
    if (claim instanceof FolderOwner) return claim
    throw lokstraError(E_EMBEDDED_IN_USE, { folder, pid: claim.pid, file: join(folder, 'owner.json') })
  }

  /** @returns the living owner where there is one, this very process included */
  static async tryClaim(folder: string, keptFor?: number): Promise<FolderOwner | Owner> {
    const claim = new FolderOwner(folder, keptFor)
    const draft = claim.#write({})
    try {
      return (await take(claim.#file, draft)) ?? claim
    } finally {
      rmSync(draft, { force: true })
    }
  }

  publish(server: { readonly url: string; readonly singleSession: boolean }): void {
    const { url, singleSession } = server
    if (this.#isMine()) renameSync(this.#write({ url, singleSession }), this.#file)
  }

  release(): void {
    if (this.#isMine()) rmSync(this.#file, { force: true })
  }

  /** Somebody may have removed the file, and somebody else have taken the folder then. */
  #isMine(): boolean {
    const { pid, started, claim } = parse(read(this.#file) ?? '') ?? {}
    return pid === this.#owner.pid && started === this.#owner.started && claim === this.#owner.claim
  }

  /** @returns the path of a complete file beside the final one */
  #write(more: Pick<Owner, 'url' | 'singleSession'>): string {
    const draft = `${this.#file}.${randomUUID()}`
    writeFileSync(draft, `${JSON.stringify({ ...this.#owner, ...more }, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
    return draft
  }
}

/**
 * Puts the draft at the path unless a living process has it, in which case that one is the result.
 * To look at a dead owner's file and then to replace it are two steps: between them it may have become another's. So the
 * right to replace exactly that text is taken first, as a file of its own and by these same rules.
 */
async function take(path: string, draft: string): Promise<Owner | undefined> {
  for (;;) {
    if (linkIfFree(draft, path)) return undefined
    const text = read(path)
    if (text === undefined) continue
    const holder = parse(text)
    if (holder && isRunning(holder)) return holder
    const right = `${path}.after-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
    if (await take(right, draft)) {
      await delay(5)
      continue
    }
    // No waiting from here on: who has the right decides at once.
    const unchanged = read(path) === text
    if (unchanged) {
      // Another name for the draft, which may be wanted again.
      linkSync(draft, `${draft}.put`)
      renameSync(`${draft}.put`, path)
    }
    rmSync(right, { force: true })
    if (unchanged) return undefined
  }
}

function linkIfFree(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Undefined where there is no file. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined where the text is not one of ours. */
function parse(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Owner | null
    return owner && Number.isInteger(owner.pid) ? owner : undefined
  } catch {
    return undefined
  }
}

function isRunning({ pid, started }: Owner): boolean {
  // Unknown, as where /proc hides the processes of others, counts as running: a folder is not taken on a guess.
  return isAlive(pid) && (started === undefined || started === (startOf(pid) ?? started))
}
