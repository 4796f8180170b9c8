import { mkdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { lifelineFd, LokstraError, lokstraError, type Logger } from '@lokstra/core'

import { E_EMBEDDED_FOLDER, E_EMBEDDED_VERSION } from '../catalogue.js'
import type { PostgresConfig } from '../postgres-config.js'
import { findBinaries, type Binaries } from './binaries.js'
import { Cluster } from './cluster.js'
import { FolderOwner } from './folder-owner.js'
import { startPglite, takeSession } from './pglite-server.js'
import { PostgresServer } from './postgres-server.js'
import { chooseRunAs, type RunAs } from './run-as.js'

/** A database server that belongs to this process. */
export interface EmbeddedServer {
  readonly url: string
  /** All connections are one session: more than one connection is not safe. */
  readonly singleSession: boolean
  /** The server stops when everyone who opened it has released it. */
  release(): Promise<void>
}

/** What decides how a server is run. */
export type EmbeddedSettings = Pick<PostgresConfig, 'dataDir' | 'durable'>

interface Running {
  readonly url: string
  readonly singleSession: boolean
  stop(): Promise<void>
}

interface Shared {
  users: number
  readonly server: Promise<Running>
}

const shared = new Map<string, Shared>()
const stopping = new Map<string, Promise<void>>()

/**
 * Starts a Postgres on a data folder, or shares the one that this process runs on it.
 * @throws LokstraError `E_EMBEDDED_…`
 */
export async function openEmbedded(settings: EmbeddedSettings, log: Logger): Promise<EmbeddedServer> {
  const folder = await openFolder(settings.dataDir)
  const server = await open(folder, settings, log)
  if (!server.singleSession) return server
  try {
    const session = await takeSession(folder)
    const release = async (): Promise<void> => {
      session.release()
      await server.release()
    }
    return { ...server, release }
  } catch (error) {
    await server.release()
    throw error
  }
}

async function open(folder: string, settings: EmbeddedSettings, log: Logger): Promise<EmbeddedServer> {
  const lifeline = lifelineFd()
  if (lifeline === undefined) return openOwn(folder, settings, log)
  // Only in development.
  const { openKept } = await import('./kept-server.js')
  return openKept(folder, settings, lifeline, log)
}

/**
 * The same on a folder that exists.
 * @param keptFor  process whose processes use the database, one after the other or together; undefined where this process does
 */
export async function openOwn(
  folder: string,
  settings: EmbeddedSettings,
  log: Logger,
  keptFor?: number,
): Promise<EmbeddedServer> {
  await stopping.get(folder)
  const entry = shared.get(folder) ?? { users: 0, server: start(folder, settings, log, keptFor) }
  shared.set(folder, entry)
  entry.users++
  try {
    const { url, singleSession } = await entry.server
    let released = false
    const release = async (): Promise<void> => {
      if (released) return
      released = true
      await leave(folder, entry)
    }
    return { url, singleSession, release }
  } catch (error) {
    if (shared.get(folder) === entry) shared.delete(folder)
    throw error
  }
}

async function leave(folder: string, entry: Shared): Promise<void> {
  if (--entry.users > 0) return
  shared.delete(folder)
  const end = entry.server.then((server) => server.stop()).finally(() => stopping.delete(folder))
  stopping.set(folder, end)
  await end
}

async function start(folder: string, settings: EmbeddedSettings, log: Logger, keptFor?: number): Promise<Running> {
  const owner = await guarded(folder, () => FolderOwner.claim(folder, keptFor))
  try {
    const server = await guarded(folder, () => launch(folder, settings, log))
    owner.publish(server)
    return {
      ...server,
      stop: async () => {
        try {
          await server.stop()
        } finally {
          owner.release()
        }
      },
    }
  } catch (error) {
    owner.release()
    throw error
  }
}

async function launch(folder: string, { durable }: EmbeddedSettings, log: Logger): Promise<Running> {
  const cluster = new Cluster(folder)
  const user = await chooseRunAs(cluster.folder)
  const needed = await versionIn(cluster, user)
  const { found, failures } = await findBinaries(needed, user)
  const binaries = needed === undefined ? found[0] : found.find(({ version }) => version === needed)
  if (!binaries) {
    if (needed === undefined) return launchPglite(folder, failures, log)
    const versions = found.map(({ version, label }) => `${version} (${label})`).join(', ') || 'none'
    throw lokstraError(E_EMBEDDED_VERSION, { folder, needed, found: versions })
  }
  return launchPostgres(cluster, binaries, needed === undefined, durable, user, log)
}

async function launchPostgres(
  cluster: Cluster,
  binaries: Binaries,
  isNew: boolean,
  durable: boolean,
  user: RunAs | undefined,
  log: Logger,
): Promise<Running> {
  if (isNew) {
    log.info('embedded Postgres: preparing', {
      dataFolder: cluster.folder,
      version: binaries.version,
      from: binaries.label,
    })
    await cluster.create(binaries, durable, user)
  } else {
    await cluster.takeOver(user)
    await cluster.endOrphan(user)
  }
  const server = new PostgresServer({ binaries, cluster, user, durable }, log)
  const url = await server.start()
  log.info('embedded Postgres ready', { port: Number(new URL(url).port), version: binaries.version })
  return { url, singleSession: false, stop: () => server.stop() }
}

async function launchPglite(folder: string, failures: readonly string[], log: Logger): Promise<Running> {
  const server = await startPglite(join(folder, 'pglite'), failures)
  log.warn(
    'PGlite used instead of Postgres, which was not found: one connection, no listen, much slower; not for production',
    {
      tried: failures,
    },
  )
  return { ...server, singleSession: true }
}

/** Undefined where the folder is empty. */
async function versionIn(cluster: Cluster, user: RunAs | undefined): Promise<string | undefined> {
  const owner = await stat(cluster.folder).catch(() => undefined)
  const uid = process.getuid?.()
  if (owner && !user && uid !== undefined && owner.uid !== uid) {
    throw new Error(`it belongs to user ${owner.uid}, and this process runs as user ${uid}`)
  }
  return cluster.version()
}

async function openFolder(dataDir: string): Promise<string> {
  return guarded(dataDir, async () => {
    await mkdir(dataDir, { recursive: true })
    return realpath(dataDir)
  })
}

/** What the file system refuses is told with the folder that it was about. */
async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (LokstraError.is(error)) throw error
    throw lokstraError(E_EMBEDDED_FOLDER, { folder, reason: (error as Error).message }, [], { cause: error })
  }
}
