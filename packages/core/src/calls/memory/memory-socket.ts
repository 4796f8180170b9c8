import type { Socket } from 'node:net'
import { Writable } from 'node:stream'

/** What stands for the connection of a call that comes over none: what is written to it is gone. */
export class MemorySocket extends Writable {
  readonly remoteAddress = '127.0.0.1'

  constructor() {
    super({
      decodeStrings: false,
      write: (_chunk, _encoding, done) => done(),
      // The reason is that of its exchange, and an error that nobody hears would end the process.
      destroy: (_error, done) => done(null),
    })
  }

  /** As the messages of Node take it, which are content with what it has. */
  get asSocket(): Socket {
    return this as unknown as Socket
  }
}
