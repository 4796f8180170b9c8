import type { Context } from '../context/context.js'
import { Result } from './result.js'

/**
 * Asks the generator that answers a request for its first item, for middleware that wants to see what it throws until then. Anything
 * else is given as it is, streams of Node and of the web included; so is all that answers a HEAD, which nobody reads.
 */
export async function beginItems(ctx: Context, outcome: unknown): Promise<unknown> {
  if (typeof outcome !== 'object' || outcome === null || ctx.method === 'HEAD') return outcome
  if (!Result.is(outcome)) return isGenerator(outcome) ? begin(outcome) : outcome
  const { status, body } = outcome
  if (body.kind !== 'stream' || !isGenerator(body.source)) return outcome
  return new Result(status, { ...body, source: await begin(body.source) }, outcome)
}

/** What does nothing until it is asked for an item. */
function isGenerator(value: object): value is AsyncGenerator {
  if (!(Symbol.asyncIterator in value)) return false
  const { next, return: stop } = value as Partial<AsyncGenerator>
  return typeof next === 'function' && typeof stop === 'function'
}

async function begin(generator: AsyncGenerator): Promise<BegunItems> {
  return new BegunItems(generator, await generator.next())
}

/** All items of a generator, the one included that it was asked for in advance. */
class BegunItems implements AsyncIterableIterator<unknown> {
  readonly #generator: AsyncGenerator
  #first: IteratorResult<unknown> | undefined

  constructor(generator: AsyncGenerator, first: IteratorResult<unknown>) {
    this.#generator = generator
    this.#first = first
  }

  async next(): Promise<IteratorResult<unknown>> {
    const first = this.#first
    this.#first = undefined
    return first ?? this.#generator.next()
  }

  return(value?: unknown): Promise<IteratorResult<unknown>> {
    return this.#generator.return(value)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
