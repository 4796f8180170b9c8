import type { InjectOptions, TestResponse } from '../inject.js'

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
  const isPlain = body !== undefined && !(body instanceof URLSearchParams) && typeof body !== 'string'
  if (isPlain && !all.has('content-type')) all.set('content-type', 'application/json')
  const init: RequestInit = {
    method,
    headers: all,
    redirect: 'manual',
    ...(signal && { signal }),
    body: body === undefined ? null : isPlain ? JSON.stringify(body) : body,
  }
  const response = await fetchFrom(origins, path, init)
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString()
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
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
