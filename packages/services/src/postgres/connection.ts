import type { ConnectionOptions } from 'node:tls'

import pg from 'pg'
import { parse } from 'pg-connection-string'

import { statementGraceMs, type PostgresConfig } from './postgres-config.js'
import { quoteIdentifier } from './sql.js'

export type Pool = pg.Pool
export type PooledClient = pg.PoolClient
export type Client = pg.ClientBase
/** Gives what a new connection is made with. */
export type ReadOptions = () => pg.ClientConfig

const { INT8, DATE, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins
const INT8_ARRAY = 1016
const DATE_ARRAY = 1182
const TIMESTAMP_ARRAY = 1115
const TEXT_ARRAY = 1009

type Parser = (text: string) => unknown
type Nested = string | null | readonly Nested[]

/** The driver's own parser. Its types list the ids of simple types only. */
const builtinParser = pg.types.getTypeParser as (oid: number, format?: 'text' | 'binary') => Parser
const parseTextArray = builtinParser(TEXT_ARRAY) as (text: string) => Nested[]
const parseTimestamptz = builtinParser(TIMESTAMPTZ)

function eachOf(parse: Parser): Parser {
  const walk = (item: Nested): unknown =>
    item === null ? null : typeof item === 'string' ? parse(item) : item.map(walk)
  return (text) => parseTextArray(text).map(walk)
}

const parsers = new Map<number, Parser>([
  [INT8, parseInt8],
  [INT8_ARRAY, eachOf(parseInt8)],
  // As text: a Date would move to another day with the machine's time zone.
  [DATE, String],
  [DATE_ARRAY, parseTextArray],
  [TIMESTAMP, parseTimestamp],
  [TIMESTAMP_ARRAY, eachOf(parseTimestamp)],
])

function parseInt8(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

/** `timestamp` has no zone: it is read as UTC, as it is written, and not in the zone of whichever machine reads it. */
function parseTimestamp(text: string): unknown {
  return parseTimestamptz(text.includes('infinity') ? text : text.replace(/(?: BC)?$/, '+00$&'))
}

/** Per connection: other users of `pg` in the same process keep its own parsers. */
const types = {
  getTypeParser: (oid: number, format: 'text' | 'binary' = 'text'): Parser =>
    (format === 'text' ? parsers.get(oid) : undefined) ?? builtinParser(oid, format),
}

/** What `pg` would write in the machine's time zone is written in UTC. */
export function toParameter(value: unknown): unknown {
  if (value instanceof Date && value.getUTCFullYear() > 0 && value.getUTCFullYear() < 10_000) return value.toISOString()
  return Array.isArray(value) ? value.map(toParameter) : value
}

export function createPool(readOptions: ReadOptions, config: PostgresConfig, poolSize: number): Pool {
  const options: pg.PoolConfig & { onConnect(client: Client): Promise<void> } = {
    Client: class extends pg.Client {
      constructor(ofPool?: pg.ClientConfig) {
        super({ ...readOptions(), ...ofPool })
      }
    },
    connectionTimeoutMillis: config.connectionTimeout,
    max: poolSize,
    idleTimeoutMillis: config.idleTimeout,
    statement_timeout: config.statementTimeout,
    // The server's own limit comes first; this one is for a server that no longer answers.
    query_timeout: config.statementTimeout === 0 ? 0 : config.statementTimeout + statementGraceMs,
    // Awaited by the pool before it hands the connection out.
    onConnect: (client) => prepareSession(client, config),
  }
  return new pg.Pool(options)
}

/** A connection outside the pool and without time limits on its statements, not yet connected. */
export function createClient(readOptions: ReadOptions): pg.Client {
  return new pg.Client(readOptions())
}

export async function prepareSession(client: Client, { schema }: PostgresConfig): Promise<void> {
  if (schema !== undefined) await client.query(`set search_path to ${quoteIdentifier(schema)}, public`)
}

/** Takes back what statements have set for their session, of which `reset all` leaves out who runs them. */
export async function resetSession(client: Client, config: PostgresConfig): Promise<void> {
  await client.query('reset session authorization; reset role; reset all')
  await prepareSession(client, config)
}

/**
 * What the configuration says goes before what the url says. Files that the url names, such as `sslrootcert`, are read again for each
 * connection, as certificates are renewed. While one cannot be read, what was read last is used: connections are made in timers and in
 * events, where an exception would end the process.
 * @param url  of a real server, never `embedded`
 */
export function connectionOptions(url: string, config: PostgresConfig): ReadOptions {
  const own: pg.ClientConfig = {
    types,
    application_name: config.applicationName,
    connectionTimeoutMillis: config.connectionTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
  let last: pg.ClientConfig | undefined
  return () => {
    try {
      last = { ...readUrl(url, config.ssl), ...own }
    } catch (error) {
      if (!last) throw error
    }
    return last
  }
}

/** What the driver itself does with a `connectionString`, except that `mode` decides about encryption where it is given. */
function readUrl(url: string, mode: PostgresConfig['ssl']): pg.ClientConfig {
  if (mode === undefined) return parse(url) as pg.ClientConfig
  // The driver would warn of an `sslmode`, although it does not count.
  const { ssl, sslnegotiation, ...rest } = parse(url.replace(/(?<=\?.*)\bsslmode=[^&]*/gs, ''))
  const address = rest as pg.ClientConfig
  if (mode === 'disable') return { ...address, ssl: false }
  const { ca, cert, key } = (typeof ssl === 'object' ? ssl : {}) as ConnectionOptions
  return { ...address, sslnegotiation, ssl: { ca, cert, key, rejectUnauthorized: mode === 'verify-full' } }
}

/** Whether the driver can read a url. The files that it names are another question. */
export function isReadable(url: string): boolean {
  try {
    parse(url.replace(/\?.*/s, ''))
    return true
  } catch {
    return false
  }
}
