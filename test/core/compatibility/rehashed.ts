import { createHash } from 'node:crypto'

type Json = Readonly<Record<string, unknown>>

/** Contracts as somebody may have written them, with the hashes that they must have then. */
export function rehashed(services: Readonly<Record<string, Readonly<Record<string, Json>>>>): string {
  const hashed = Object.entries(services).map(([name, operations]) => {
    const own = Object.entries(operations).map(([method, operation]) => [
      method,
      { hash: hashOf(operation), ...operation },
    ])
    const all = Object.fromEntries(own) as Json
    return [name, { hash: hashOf(all), operations: all }]
  })
  return JSON.stringify({ version: 1, services: Object.fromEntries(hashed) as Json })
}

function hashOf(data: Json): string {
  const text = JSON.stringify(data, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  return createHash('sha256').update(text).digest('base64url')
}

/** An operation that answers with a class of `types`, or another type. */
export function operation(type: unknown, types: Json = {}): Json {
  return {
    verb: 'GET',
    path: '/',
    idempotent: true,
    output: { status: 200, type },
    errors: [],
    types: { output: types },
  }
}
