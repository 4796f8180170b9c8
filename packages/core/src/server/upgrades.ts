import { IncomingMessage } from 'node:http'

const kAsked = Symbol('asked')
const kTaken = Symbol('taken')

/**
 * The class of a listener's requests where some routes speak WebSocket. As soon as anybody listens for upgrades Node gives away every
 * request that asks for one, with its body unread; only those that `takes` wants are to be, and to all others nothing changes. Node asks
 * the request for `upgrade` when its head is complete.
 */
export function upgradableRequest(takes: (req: IncomingMessage) => boolean): typeof IncomingMessage {
  return class extends IncomingMessage {
    [kAsked]: boolean | undefined;
    [kTaken]: boolean | undefined

    get upgrade(): boolean {
      if (!this[kAsked]) return false
      // Said once for all: Node asks again about one that was answered long ago, as more arrives on its connection.
      return (this[kTaken] ??= this.method === 'CONNECT' || takes(this))
    }
    set upgrade(value: boolean | null) {
      this[kAsked] = value === true
    }
  }
}
