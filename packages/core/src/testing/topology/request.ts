import type { InjectOptions, TestResponse } from '../inject.js'

/** What a request over a socket sends beside verb and path. */
export interface TopologyRequest extends InjectOptions {
  /** Gives the request up. */
  readonly signal?: AbortSignal
}

/** Sends a request over a socket. */
export async function request(
  origin: string,
  method: string,
  path: string,
  { headers = {}, body, signal }: TopologyRequest,
): Promise<TestResponse> {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers))
    for (const one of typeof value === 'string' ? [value] : value) all.append(name, one)
  const isPlain = body !== undefined && !(body instanceof URLSearchParams) && typeof body !== 'string'
  if (isPlain && !all.has('content-type')) all.set('content-type', 'application/json')
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: all,
    redirect: 'manual',
    ...(signal && { signal }),
    body: body === undefined ? null : isPlain ? JSON.stringify(body) : body,
  })
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
