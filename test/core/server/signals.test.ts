import { setTimeout as delay } from 'node:timers/promises'

import { expect } from 'chai'

import { ChildServer } from '../../helpers/child-server.js'

/** Longer than two signals may be apart to count as one. */
const afterFirstMs = 700

const start = () => ChildServer.start('load-server.js', { OPTIONS: JSON.stringify({ shutdown: { idle: 50 } }) })

describe('a server that gets a signal', () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    it(`exits at once with ${code} at a second one, ${signal}`, async () => {
      await using server = await start()
      const stuck = fetch(`${server.url}/work?id=1&ms=-1`).catch((error: unknown) => error)
      await fetch(`${server.url}/ready`)
      server.kill('SIGTERM')
      await server.until(/stopping/)
      await delay(afterFirstMs)
      server.kill(signal)
      expect(await server.exit).to.deep.equal({ code, signal: null })
      expect(await stuck).to.have.property('message', 'fetch failed')
    })
  }

  it('takes two at once for one', async () => {
    await using server = await start()
    const underWay = fetch(`${server.url}/work?id=1&ms=300`)
    await fetch(`${server.url}/ready`)
    server.kill('SIGINT')
    server.kill('SIGTERM')
    expect((await underWay).status).to.equal(200)
    expect((await server.exit).code).to.equal(0)
  })

  it('while it starts stops what has started, opens nothing and exits 0', async () => {
    await using server = new ChildServer('load-server.js', { OPTIONS: JSON.stringify({ startMs: 500 }) })
    await server.until(/store starting/)
    server.kill('SIGTERM')
    expect(await server.exit).to.deep.equal({ code: 0, signal: null })
    expect(server.output).to.match(/store started\n(.*\n)*store stopping\nstore stopped/)
    expect(server.output).to.not.include('ledger').and.not.include('listening')
  })

  it('exits at once at a second signal while it starts', async () => {
    await using server = new ChildServer('load-server.js', { OPTIONS: JSON.stringify({ startMs: -1 }) })
    await server.until(/store starting/)
    server.kill('SIGINT')
    await server.until(/stopping/)
    await delay(afterFirstMs)
    server.kill('SIGINT')
    expect((await server.exit).code).to.equal(130)
  })
})

describe('an error that nobody catches', () => {
  for (const [path, message] of [
    ['/throw-later', 'thrown where nobody catches'],
    ['/reject-later', 'rejected where nobody catches'],
  ] as const) {
    it(`is logged, and the server stops in good order and exits 1: ${path}`, async () => {
      await using server = await start()
      const underWay = fetch(`${server.url}/work?id=1&ms=300`)
      expect((await fetch(`${server.url}${path}`)).status).to.equal(200)
      expect((await underWay).status).to.equal(200)
      expect(await server.exit).to.deep.equal({ code: 1, signal: null })
      expect(server.output).to.include('uncaught error: server stopping').and.include(message)
      expect(server.output).to.include('store stopped')
    })
  }
})

describe('a server whose output nobody reads any more', () => {
  it('goes on, and stops in good order', async () => {
    await using server = await start()
    server.process.stdout!.destroy()
    server.process.stderr!.destroy()
    expect((await fetch(`${server.url}/missing`)).status).to.equal(404)
    const underWay = fetch(`${server.url}/work?id=1&ms=300`)
    // By the answer to a later request this one has arrived.
    expect((await fetch(`${server.url}/work?id=2&ms=50`)).status).to.equal(200)
    server.kill('SIGTERM')
    expect((await underWay).status).to.equal(200)
    expect(await server.exit).to.deep.equal({ code: 0, signal: null })
  })

  it('stops also after an error that nobody catches', async () => {
    await using server = await start()
    server.process.stderr!.destroy()
    expect((await fetch(`${server.url}/throw-later`)).status).to.equal(200)
    expect(await server.exit).to.deep.equal({ code: 1, signal: null })
    expect(server.output).to.include('store stopped')
  })
})

describe('two servers of one process', () => {
  it('both stop in good order at a signal', async () => {
    await using servers = await ChildServer.start('two-servers.js')
    servers.kill('SIGTERM')
    expect(await servers.exit).to.deep.equal({ code: 0, signal: null })
    expect(servers.output).to.include('quick stopped').and.include('slow stopped')
  })
})
