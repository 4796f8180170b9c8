import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { BootError, lokstraError, type Logger, type LokstraError } from '@lokstra/core'

import {
  E_MIGRATION_CHANGED,
  E_MIGRATION_DUPLICATE,
  E_MIGRATION_FAILED,
  E_MIGRATION_FOLDER,
  E_MIGRATION_MISSING,
  E_MIGRATION_NAME,
  E_MIGRATION_ORDER,
} from './catalogue.js'
import { resetSession, type Client } from './connection.js'
import type { PostgresConfig } from './postgres-config.js'

interface Migration {
  readonly version: number
  readonly file: string
  readonly text: string
  readonly checksum: string
}

/** Any constant does, as long as every process uses the same: the first 32 bits of the SHA-256 of `lokstra_migrations`. */
const lockId = 2_963_609_370

/**
 * Applies the migrations of a folder that this database has not seen, in the order of their numbers, each in its own transaction.
 * Processes that start together wait for one another.
 * @param client  one connection that belongs to the migration alone
 * @returns the files applied
 * @throws LokstraError `E_MIGRATION_…`
 */
export async function migrate(client: Client, folder: string, config: PostgresConfig, log: Logger): Promise<string[]> {
  const migrations = await readMigrations(folder)
  await client.query('select pg_advisory_lock($1)', [lockId])
  try {
    await client.query(`create table if not exists lokstra_migrations (
      version bigint primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`)
    const { rows } = await client.query<Applied>(
      'select version, name, checksum, applied_at from lokstra_migrations order by version',
    )
    const pending = pendingOf(migrations, rows)
    for (const migration of pending) {
      await apply(client, migration, folder, config)
      log.info('migration applied', { file: migration.file })
    }
    return pending.map(({ file }) => file)
  } finally {
    // On a lost connection the lock went with it.
    await client.query('select pg_advisory_unlock($1)', [lockId]).catch(() => undefined)
  }
}

interface Applied {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly applied_at: Date
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    throw lokstraError(E_MIGRATION_FOLDER, { folder, reason: (error as Error).message }, [], { cause: error })
  })
  const byVersion = new Map<number, Migration>()
  const problems: LokstraError[] = []
  for (const file of files.sort()) {
    if (!file.endsWith('.sql') || file.endsWith('.down.sql')) continue
    const number = /^(\d{1,15})[_-].+\.sql$/.exec(file)?.[1]
    if (number === undefined) {
      problems.push(lokstraError(E_MIGRATION_NAME, { file }, join(folder, file)))
      continue
    }
    const version = Number(number)
    const other = byVersion.get(version)
    if (other)
      problems.push(
        lokstraError(E_MIGRATION_DUPLICATE, { version, first: other.file, second: file }, join(folder, file)),
      )
    const text = await readFile(join(folder, file), 'utf8')
    // Line ends change with the checkout; they are not a change of the migration.
    const checksum = createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
    // Postgres would take a byte order mark for a part of the first word.
    byVersion.set(version, { version, file, text: text.replace(/^\uFEFF/, ''), checksum })
  }
  throwProblems(problems)
  return [...byVersion.values()].sort((a, b) => a.version - b.version)
}

function pendingOf(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]))
  const problems: LokstraError[] = []
  for (const { version, name, checksum, applied_at } of applied) {
    const migration = byVersion.get(version)
    if (!migration) problems.push(lokstraError(E_MIGRATION_MISSING, { file: name }))
    else if (migration.checksum !== checksum) {
      problems.push(lokstraError(E_MIGRATION_CHANGED, { file: migration.file, appliedAt: applied_at.toISOString() }))
    }
    byVersion.delete(version)
  }
  const latest = applied.at(-1)
  const pending = [...byVersion.values()]
  for (const { version, file } of pending) {
    if (latest && version < latest.version)
      problems.push(lokstraError(E_MIGRATION_ORDER, { file, latest: latest.name }))
  }
  throwProblems(problems)
  return pending
}

async function apply(
  client: Client,
  { version, file, text, checksum }: Migration,
  folder: string,
  config: PostgresConfig,
): Promise<void> {
  /** Only between `begin` and `commit` does a connection without a transaction mean that the file has ended it. */
  let isOpen = false
  try {
    await client.query('begin')
    isOpen = true
    await client.query(text)
    await resetSession(client, config)
    await client.query('insert into lokstra_migrations (version, name, checksum) values ($1, $2, $3)', [
      version,
      file,
      checksum,
    ])
    isOpen = false
    await client.query('commit')
  } catch (error) {
    // The driver rejects before the server has told what state the connection is in.
    await client.query('').catch(() => undefined)
    const hasCommitted = isOpen && client.getTransactionStatus() === 'I'
    await client.query('rollback').catch(() => undefined)
    const { message, position } = error as Error & { position?: string }
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length
    const place = line === undefined ? join(folder, file) : `${join(folder, file)}:${line}`
    throw lokstraError(E_MIGRATION_FAILED, { file, reason: message, hasCommitted }, place, { cause: error })
  }
}

function throwProblems(problems: readonly LokstraError[]): void {
  if (problems.length > 1) throw new BootError(problems)
  if (problems[0]) throw problems[0]
}
