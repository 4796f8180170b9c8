import type { ConfigLayer } from '../config/layers/config-layer.js'
import { fromObject } from '../config/tree/config-node.js'
import { ConfigSource } from '../config/layers/config-source.js'
import { E_CONFIG_SOURCE } from '../errors/catalogue/reload.js'
import { throwProblems } from '../errors/boot-error.js'
import { LokstraError, lokstraError } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import type { Logger } from '../logging/logger.js'
import { isRecord } from '../objects/is-record.js'
import { settlesWithin } from '../promises/settles-within.js'
import type { Started } from '../server/lifecycle.js'

/** How long a source may take to give its values, or to begin to watch them, in milliseconds. */
const readLimitMs = 10_000
/** How long one may take to end that. */
const endLimitMs = 5_000

interface Opened {
  readonly name: string
  readonly source: ConfigSource
  layers: readonly ConfigLayer[]
}

/** The services of a server that give values of the configuration, in start order: a later one lies over an earlier one. */
export class ConfigSources {
  readonly #opened: readonly Opened[]
  readonly #log: Logger
  readonly #ends: (() => unknown)[] = []

  constructor(started: readonly Started[], log: Logger) {
    this.#opened = started.flatMap(({ definition: { name }, instance }) =>
      instance instanceof ConfigSource ? [{ name, source: instance, layers: [] }] : [],
    )
    this.#log = log
  }

  get isEmpty(): boolean {
    return this.#opened.length === 0
  }

  /**
   * Watches first, then reads: a change in between is not missed.
   * @throws E_CONFIG_SOURCE
   */
  async open(onChange: () => void): Promise<void> {
    for (const { name, source } of this.#opened) {
      try {
        const watching = Promise.resolve(source.watch(onChange))
        if (!(await settlesWithin(watching, readLimitMs))) {
          // A watch that begins after all would outlive the server that did not start.
          watching.then((end) => end()).catch(() => undefined)
          throw new Error(`it did not begin to watch within ${readLimitMs} ms`)
        }
        this.#ends.push(await watching)
      } catch (error) {
        throw unreadable(name, error)
      }
    }
    throwProblems((await Promise.all(this.#opened.map((one) => this.#read(one)))).flatMap((problem) => problem ?? []))
  }

  /** Reads all of them again. The last values of one that cannot be read stay. */
  async layers(): Promise<readonly ConfigLayer[]> {
    const problems = await Promise.all(this.#opened.map((one) => this.#read(one)))
    for (const err of problems)
      if (err) this.#log.warn('configuration source could not be read: its last values stay', { err })
    return this.#opened.flatMap(({ layers }) => layers)
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) {
      try {
        if (!(await settlesWithin(end(), endLimitMs))) throw new Error(`it did not end within ${endLimitMs} ms`)
      } catch (err) {
        this.#log.warn('configuration source could not be closed', { err })
      }
    }
  }

  async #read(one: Opened): Promise<LokstraError | undefined> {
    const { name, source } = one
    try {
      const reading = source.read()
      if (!(await settlesWithin(reading, readLimitMs))) throw new Error(`it gave no values within ${readLimitMs} ms`)
      const given: readonly unknown[] = [await reading].flat()
      if (!given.every(isRecord)) throw new Error('it gave no object')
      const origin = { key: `source ${name}`, value: `source ${name}`, isLiteral: true }
      one.layers = given.map((values) => ({ name: 'sources', root: fromObject(values, origin) }))
      return undefined
    } catch (error) {
      return unreadable(name, error)
    }
  }
}

function unreadable(source: string, error: unknown): LokstraError {
  if (LokstraError.is(error)) return error
  return lokstraError(E_CONFIG_SOURCE, { source, reason: reasonOf(error) }, [], { cause: error })
}
