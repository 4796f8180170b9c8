import { once } from 'node:events'
import { request as overHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as overTls } from 'node:https'

const everyMs = 2_000
const limitMs = 5_000

/** Asks a server again and again whether it is ready, and tells when the answer changes. */
export class HealthWatch {
  readonly #address: string
  readonly #path: string
  readonly #tell: (text: string) => void
  readonly #closed = new AbortController()
  #last = ''
  #timer: NodeJS.Timeout | undefined

  /**
   * @param address  of the server: `http://…`, `https://…` or `unix:/path/of/socket`
   * @param tell  is told `is ready` or `is not ready (503): db`
   */
  constructor(address: string, path: string, tell: (text: string) => void) {
    this.#address = address
    this.#path = path
    this.#tell = tell
    void this.#ask()
  }

  close(): void {
    this.#closed.abort()
    clearTimeout(this.#timer)
  }

  async #ask(): Promise<void> {
    const text = await this.#read()
    if (this.#closed.signal.aborted) return
    if (text !== this.#last) this.#tell(text)
    this.#last = text
    this.#timer = setTimeout(() => void this.#ask(), everyMs)
  }

  async #read(): Promise<string> {
    try {
      const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(limitMs)])
      const { status, text } = await get(this.#address, { path: this.#path, signal, agent: false })
      const failing = failingChecks(text)
      if (status >= 200 && status < 300) return 'is ready'
      return `is not ready (${status})${failing.length > 0 ? `: ${failing.join(', ')}` : ''}`
    } catch (error) {
      return `does not say whether it is ready: ${(error as Error).message}`
    }
  }
}

async function get(address: string, options: RequestOptions): Promise<{ status: number; text: string }> {
  const request = open(address, options).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
  return { status: response.statusCode!, text }
}

function open(address: string, options: RequestOptions): ReturnType<typeof overHttp> {
  if (address.startsWith('unix:')) return overHttp({ ...options, socketPath: address.slice('unix:'.length) })
  const { protocol, hostname, port } = new URL(address)
  const target = { ...options, hostname: hostname.replace(/^\[|\]$/g, ''), port }
  // It is known who answers: a server that was started here. Its certificate is for the name that others know it by.
  return protocol === 'https:' ? overTls({ ...target, rejectUnauthorized: false }) : overHttp(target)
}

/** Names of the checks that fail, of whatever envelope the report is in. */
function failingChecks(text: string): readonly string[] {
  try {
    return findChecks(JSON.parse(text))
  } catch {
    return []
  }
}

function findChecks(data: unknown): readonly string[] {
  if (typeof data !== 'object' || data === null) return []
  const { checks, ...rest } = data as { readonly checks?: Readonly<Record<string, { readonly status?: unknown }>> }
  if (typeof checks === 'object') {
    return Object.entries(checks).flatMap(([name, check]) => (check.status === 'down' ? [name] : []))
  }
  return Object.values(rest).flatMap(findChecks)
}
