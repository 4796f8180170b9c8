import type { Handler } from '../middleware/compose.js'
import { isThenable } from '../promises/is-thenable.js'

/**
 * A handler whose generator is asked for its first item before it is given to middleware: what it throws until then becomes an error
 * answer, and middleware sees it like that of any other handler. Streams of Node and of the web are given as they are.
 */
export function beginItems(handle: Handler): Handler {
  return (ctx) => {
    const outcome = handle(ctx)
    // Nobody will ask for an item.
    if (ctx.method === 'HEAD') return outcome
    return isThenable(outcome) ? Promise.resolve(outcome).then(begin) : begin(outcome)
  }
}

function begin(outcome: unknown): unknown {
  if (!isGenerator(outcome)) return outcome
  return Promise.resolve(outcome.next()).then((first) => new BegunItems(outcome, first))
}

/** What does nothing until it is asked for an item. */
function isGenerator(value: unknown): value is AsyncGenerator {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return false
  const { next, return: stop } = value as Partial<AsyncGenerator>
  return typeof next === 'function' && typeof stop === 'function'
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
