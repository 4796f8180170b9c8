import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { lokstraError } from '@lokstra/core'

import { E_EMBEDDED_MISSING, E_EMBEDDED_SINGLE } from '../catalogue.js'
import { FolderOwner } from './folder-owner.js'

/** Of processes that follow each other, the one before may still be ending. */
const patienceMs = 3_000
const pollMs = 100

/** Postgres compiled to WebAssembly, in this process, behind a socket that the driver connects to. One connection only. */
export interface PgliteServer {
  readonly url: string
  stop(): Promise<void>
}

/**
 * @param failures  why real servers are not available, for the error
 * @throws LokstraError `E_EMBEDDED_MISSING` when the optional packages are not installed
 */
export async function startPglite(folder: string, failures: readonly string[]): Promise<PgliteServer> {
  const packages = await Promise.all([import('@electric-sql/pglite'), import('@electric-sql/pglite-socket')]).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
      const tried = [...failures, '@electric-sql/pglite: not installed'].join('; ')
      throw lokstraError(E_EMBEDDED_MISSING, { tried })
    },
  )
  const [{ PGlite }, { PGLiteSocketServer }] = packages
  const db = await PGlite.create(folder)
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0 })
  await server.start()
  return {
    url: `postgres://postgres@${server.getServerConn()}/postgres`,
    stop: async () => {
      await server.stop()
      await db.close()
    },
  }
}

/**
 * Takes the one connection for one service of this process.
 * @param folder  of the database
 * @throws LokstraError `E_EMBEDDED_SINGLE` where another service has it, here or in another process
 */
export async function takeSession(folder: string): Promise<FolderOwner> {
  const place = join(folder, 'session')
  await mkdir(place, { recursive: true })
  const limit = performance.now() + patienceMs
  for (;;) {
    const taken = await FolderOwner.tryClaim(place)
    if (taken instanceof FolderOwner) return taken
    const { pid } = taken
    if (pid === process.pid || performance.now() > limit) throw lokstraError(E_EMBEDDED_SINGLE, { folder, pid })
    await delay(pollMs)
  }
}
