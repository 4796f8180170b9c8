const everyMs = 2_000
const limitMs = 5_000

/** Asks a server again and again whether it is ready, and tells when the answer changes. */
export class HealthWatch {
  readonly #url: string
  readonly #tell: (text: string) => void
  readonly #closed = new AbortController()
  #last = ''
  #timer: NodeJS.Timeout | undefined

  /** @param tell  is told `is ready (200)` or `is not ready (503): db` */
  constructor(url: string, tell: (text: string) => void) {
    this.#url = url
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
      const response = await fetch(this.#url, { signal })
      const failing = failingChecks(await response.text())
      if (response.ok) return 'is ready'
      return `is not ready (${response.status})${failing.length > 0 ? `: ${failing.join(', ')}` : ''}`
    } catch (error) {
      const { cause, message } = error as Error
      return `does not say whether it is ready: ${cause instanceof Error ? cause.message : message}`
    }
  }
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
