import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

import type { InjectOptions, TestResponse } from '../inject.js'
import { requestBody } from '../request-body.js'

/** What a request over a socket sends beside verb and path. */
export interface TopologyRequest extends InjectOptions {
  /** Gives the request up. */
  readonly signal?: AbortSignal
}

/**
 * Sends a request over a socket.
 * @param origins  one after the other is tried, as long as they refuse the connection
 * @throws TypeError when there is no answer
 */
export async function requestFrom(
  origins: readonly string[],
  method: string,
  path: string,
  { headers = {}, body, signal }: TopologyRequest,
): Promise<TestResponse> {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers))
    for (const one of typeof value === 'string' ? [value] : value) all.append(name, one)
  const { content, type } = requestBody(body)
  if (type !== undefined && !all.has('content-type')) all.set('content-type', type)
  const init: RequestInit = {
    method,
    headers: all,
    redirect: 'manual',
    ...(signal && { signal }),
    body: content instanceof Readable ? (Readable.toWeb(content) as ReadableStream<Uint8Array>) : (content ?? null),
    duplex: 'half',
  }
  const response = await fetchFrom(origins, path, init)
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString()
  const cookies = response.headers.getSetCookie()
  return {
    status: response.status,
    headers: {
      ...Object.fromEntries(response.headers),
      // The only header of which the entries are several.
      ...(cookies.length > 1 && { 'set-cookie': cookies }),
    },
    text,
    bytes,
    json: () => JSON.parse(text) as unknown,
  }
}

async function fetchFrom([origin, ...others]: readonly string[], path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${origin!}${path}`, init)
  } catch (error) {
    if (others.length === 0 || !isRefused(error)) throw error
    return fetchFrom(others, path, init)
  }
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
  return cause?.code === 'ECONNREFUSED'
}
