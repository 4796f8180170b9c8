import { connect, constants, type ClientHttp2Session } from 'node:http2'
import { setTimeout as delay } from 'node:timers/promises'

import { createServer, Get, Route } from '@lokstra/core'
import { expect } from 'chai'

import { silentLogger } from '../../helpers/silent-logger.js'

@Route()
class Busy {
  @Get() async get() {
    await delay(10)
    return 'busy'
  }
}

type Outcome = 'answered' | 'to be repeated' | 'lost'

/** A request that the server refused with GOAWAY, or that never left, may be repeated elsewhere. */
function ask(session: ClientHttp2Session): Promise<Outcome> {
  return new Promise((resolve) => {
    let status: unknown
    const stream = session.request({ ':path': '/' })
    stream.on('response', (headers) => (status = headers[':status']))
    stream.on('error', () => undefined)
    stream.on('close', () => {
      if (status === 200 && stream.rstCode === constants.NGHTTP2_NO_ERROR) resolve('answered')
      else if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id === undefined) resolve('to be repeated')
      else resolve('lost')
    })
    stream.resume()
  })
}

describe('an HTTP/2 server under load that stops', () => {
  it('loses no request: each is answered, or given back to be repeated', async () => {
    const server = createServer({
      services: [silentLogger],
      shutdown: { drainDelay: 200, idle: 100 },
      apps: [{ listen: '127.0.0.1:0', http2: true, controllers: [Busy] }],
    })
    await server.start()
    const { url } = server.listeners[0]!
    const counts: Record<Outcome, number> = { answered: 0, 'to be repeated': 0, lost: 0 }
    let hasStopped = false
    const work = async () => {
      let session: ClientHttp2Session | undefined
      while (!hasStopped) {
        if (!session || session.closed || session.destroyed) session = connect(url).on('error', () => undefined)
        counts[await ask(session)]++
        // A server that is gone refuses connections at once.
        if (session.destroyed) await delay(1)
      }
      session?.destroy()
    }
    const workers = Array.from({ length: 20 }, work)
    while (counts.answered <= 200) await delay(10)
    expect(await server.stop()).to.deep.equal([])
    hasStopped = true
    await Promise.all(workers)
    expect(counts.lost).to.equal(0)
  })
})
