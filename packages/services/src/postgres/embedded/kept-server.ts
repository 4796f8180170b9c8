import { fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { LokstraError, type LogFields, type Logger, type LogLevel } from '@lokstra/core'

import type { EmbeddedServer, EmbeddedSettings } from './embedded-server.js'
import { FolderOwner } from './folder-owner.js'

const keeperScript = fileURLToPath(new URL('./keeper.js', import.meta.url))
const pollMs = 10

/** What the keeper is told when it starts. */
export interface KeeperOrder extends EmbeddedSettings {
  /** Process whose processes use the database, one after the other or together. */
  readonly keptFor: number
}

/** What the keeper tells the process that has started it. */
export type FromKeeper =
  | { readonly type: 'ready' }
  | {
      readonly type: 'log'
      readonly level: Exclude<LogLevel, 'silent'>
      readonly message: string
      readonly fields: LogFields
    }
  | {
      readonly type: 'failed'
      readonly code?: string
      readonly problem: string
      readonly fix: string
      readonly isLasting?: boolean
    }

/**
 * A server in a process of its own, which outlives this one and ends with the lifeline: starting a database takes longer than all else,
 * and processes of one deployment share theirs.
 * @throws LokstraError `E_EMBEDDED_…`
 */
export async function openKept(
  folder: string,
  settings: EmbeddedSettings,
  lifeline: number,
  log: Logger,
): Promise<EmbeddedServer> {
  const keptFor = process.ppid
  if (!FolderOwner.keptFor(folder, keptFor)) {
    try {
      await startKeeper({ dataDir: folder, durable: settings.durable, keptFor }, lifeline, log)
    } catch (error) {
      // Of processes that start together each starts a keeper, and one of those has the folder.
      if (!FolderOwner.keptFor(folder, keptFor)) throw error
    }
  }
  // A keeper that another process has started may still be at it.
  for (let owner = FolderOwner.keptFor(folder, keptFor); owner; owner = FolderOwner.keptFor(folder, keptFor)) {
    const { url, singleSession = false } = owner
    if (url !== undefined) return { url, singleSession, release: () => Promise.resolve() }
    await delay(pollMs)
  }
  return openKept(folder, settings, lifeline, log)
}

async function startKeeper(order: KeeperOrder, lifeline: number, log: Logger): Promise<void> {
  const keeper = fork(keeperScript, [JSON.stringify(order)], {
    // It reads the lifeline as its input, and Ctrl-C is not for it.
    stdio: [lifeline, 'ignore', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
    serialization: 'advanced',
  })
  try {
    await new Promise<void>((resolve, reject) => {
      keeper.once('error', reject)
      keeper.once('exit', () => reject(new Error('The process that keeps the embedded Postgres has ended')))
      keeper.on('message', (message: FromKeeper) => {
        if (message.type === 'log') log[message.level](message.message, message.fields)
        else if (message.type === 'ready') resolve()
        else reject(failureOf(message))
      })
    })
  } finally {
    keeper.removeAllListeners()
    keeper.on('error', () => undefined)
    if (keeper.connected) keeper.disconnect()
    keeper.unref()
  }
}

function failureOf({ code, problem, fix, isLasting }: Extract<FromKeeper, { type: 'failed' }>): Error {
  return code === undefined ? new Error(problem) : new LokstraError(code, problem, fix, [], { isLasting })
}
