import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { Context, Get, OnStop, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { ChildServer } from '../../helpers/child-server.js'
import { poll } from '../../helpers/poll.js'
import { openRaw } from '../response/raw-request.js'

/** Connections end soon after their last answer, to save time where they do not matter. */
const start = ({ shutdown, ...options }: { readonly shutdown?: object; readonly stopMs?: number }) =>
  ChildServer.start('load-server.js', { OPTIONS: JSON.stringify({ ...options, shutdown: { idle: 50, ...shutdown } }) })

@Route('/waiting')
class WaitingController {
  /** Of the request that was begun last. */
  ctx: Context | undefined
  finish: (() => void) | undefined
  isDone = false

  @Get() get() {
    return 'done'
  }

  @Get('/long') async long(ctx: Context) {
    this.ctx = ctx
    await new Promise<void>((resolve) => (this.finish = resolve))
    this.isDone = true
  }

  @Get('/first') async *first(ctx: Context) {
    yield await this.long(ctx)
  }

  @OnStop() stop() {
    stopped.push(this.isDone)
  }
}

/** Whether the work of the handler was done when its controller was stopped. */
const stopped: boolean[] = []

describe('a server that is told to stop', () => {
  it('answers what is under way, turns readiness red at once, stops services in reverse and exits 0', async () => {
    await using server = await start({ shutdown: { drainDelay: 500 } })
    const { url } = server
    const underWay = fetch(`${url}/work?id=1&ms=900`)
    expect((await fetch(`${url}/ready`)).status).to.equal(200)
    server.kill('SIGTERM')
    await server.until(/stopping/)
    const readiness = await fetch(`${url}/ready`)
    expect(readiness.status).to.equal(503)
    expect(await readiness.json()).to.have.nested.property('error.message', 'The server is draining')
    expect((await fetch(`${url}/work?id=2`)).status).to.equal(200)
    const answer = await underWay
    expect(answer.headers.get('connection')).to.equal('close')
    expect(await answer.json()).to.deep.equal({ status: 'success', data: { id: 1, open: true } })
    expect(await server.exit).to.deep.equal({ code: 0, signal: null })
    expect(server.output).to.include('ledger stopped with the store open\nstore stopping\nstore stopped')
  })

  it('takes no new connection once the drain delay is over', async () => {
    await using server = await start({})
    const { url } = server
    const underWay = fetch(`${url}/work?id=1&ms=700`)
    await fetch(`${url}/ready`)
    server.kill('SIGTERM')
    await server.until(/stopping/)
    await delay(200)
    const refused = await openRaw(url, '').catch((error: unknown) => error)
    expect(refused).to.have.property('code', 'ECONNREFUSED')
    expect((await underWay).status).to.equal(200)
    expect((await server.exit).code).to.equal(0)
  })

  it('answers what still comes over a connection that is kept, and says that it is the last', async () => {
    await using server = await start({ shutdown: { idle: 5_000 } })
    const connection = await openRaw(server.url, 'GET /work?id=1 HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(await connection.until('"id":1')).to.match(/connection: keep-alive/i)
    server.kill('SIGTERM')
    await server.until(/stopping/)
    await delay(100)
    connection.socket.write('GET /work?id=2 HTTP/1.1\r\nhost: a\r\n\r\n')
    const second = (await connection.closed()).split('"id":1')[1]!
    expect(second)
      .to.match(/connection: close/i)
      .and.include('"id":2')
    expect((await server.exit).code).to.equal(0)
  })

  it('waits for a request that has arrived in part', async () => {
    await using server = await start({ shutdown: { idle: 400 } })
    const connection = await openRaw(server.url, 'POST /work HTTP/1.1\r\nhost: a\r\ncontent-le')
    await fetch(`${server.url}/ready`)
    server.kill('SIGTERM')
    await server.until(/stopping/)
    const body = '{"id":1,"text":"late"}'
    connection.socket.write(`ngth: ${body.length}\r\ncontent-type: application/json\r\n\r\n${body.slice(0, 5)}`)
    await delay(800)
    connection.socket.write(body.slice(5))
    expect(await connection.closed()).to.include('{"id":1,"length":4,"open":true}')
    expect((await server.exit).code).to.equal(0)
  })

  it('answers all requests that were pipelined, and announces the end on the last', async () => {
    await using server = await start({})
    const requests = [300, 0, 100].map((ms, id) => `GET /work?id=${id}&ms=${ms} HTTP/1.1\r\nhost: a\r\n\r\n`)
    const connection = await openRaw(server.url, requests.join(''))
    await fetch(`${server.url}/ready`)
    server.kill('SIGTERM')
    const answers = (await connection.closed()).split('HTTP/1.1 ').slice(1)
    expect(answers.map((answer) => /"id":(\d)/.exec(answer)?.[1])).to.deep.equal(['0', '1', '2'])
    expect(answers.map((answer) => /connection: (\S+)/i.exec(answer)?.[1])).to.deep.equal([
      'keep-alive',
      'keep-alive',
      'close',
    ])
    expect((await server.exit).code).to.equal(0)
  })

  it('ends connections on which nothing was ever asked, and does not wait for those that do not close', async () => {
    await using server = await start({ shutdown: { idle: 100 } })
    const silent = await openRaw(server.url, '')
    const stubborn = await openRaw(server.url, 'GET /ready HTTP/1.1\r\nhost: a\r\n\r\n')
    stubborn.socket.pause()
    await fetch(`${server.url}/ready`)
    server.kill('SIGTERM')
    expect((await server.exit).code).to.equal(0)
    expect(await silent.closed()).to.equal('')
    stubborn.socket.destroy()
  })

  for (const path of ['/waiting/long', '/waiting/first']) {
    it(`waits for a handler whose client has left: ${path}`, async () => {
      const server = await createTestServer({ listen: true, apps: [{ name: 'api', controllers: [WaitingController] }] })
      const controller = server.get(WaitingController)
      const [listener] = server.server.listeners
      const connection = await openRaw(server.url(), `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
      await poll(
        () => controller.ctx !== undefined,
        () => 'The handler was not called',
      )
      connection.socket.destroy()
      await poll(
        () => controller.ctx!.signal.aborted,
        () => 'The server did not notice that the client left',
      )
      expect(listener!.inFlight).to.equal(1)
      stopped.length = 0
      const stopping = server.dispose()
      await delay(300)
      expect(stopped).to.deep.equal([])
      controller.finish!()
      await stopping
      expect(stopped).to.deep.equal([true])
    })
  }

  it('answers connections that still wait to be accepted, all of them', async () => {
    const server = await createTestServer({ listen: true, apps: [{ name: 'api', controllers: [WaitingController] }] })
    const count = 20
    const connected = new Int32Array(new SharedArrayBuffer(4))
    const clients = new Worker(
      `const { parentPort, workerData: { connected, count, port } } = require('node:worker_threads')
       const { connect } = require('node:net')
       for (let index = 0; index < count; index++) {
         let text = ''
         const socket = connect(port, '127.0.0.1', () => {
           socket.write('GET /waiting HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n')
           Atomics.add(connected, 0, 1)
           Atomics.notify(connected, 0)
         })
         socket.on('data', (data) => (text += data)).on('error', (error) => (text = error.code))
         socket.on('close', () => parentPort.postMessage(text.split('\\r\\n')[0]))
       }`,
      { eval: true, workerData: { connected, count, port: Number(new URL(server.url()).port) } },
    )
    try {
      const outcomes: string[] = []
      clients.on('message', (outcome: string) => outcomes.push(outcome))
      await once(clients, 'online')
      // Nothing is accepted while this thread waits.
      while (Atomics.load(connected, 0) < count) Atomics.wait(connected, 0, Atomics.load(connected, 0), 1_000)
      await server.dispose()
      await poll(
        () => outcomes.length === count,
        () => `only ${outcomes.length} connections have ended`,
      )
      expect(outcomes).to.deep.equal(Array<string>(count).fill('HTTP/1.1 200 OK'))
    } finally {
      await clients.terminate()
    }
  })

  it('cuts off what does not end within the time-out', async () => {
    await using server = await start({ shutdown: { timeout: 300 } })
    const stuck = fetch(`${server.url}/work?id=1&ms=-1`).catch((error: unknown) => error)
    const endless = await openRaw(server.url, 'GET /endless HTTP/1.1\r\nhost: a\r\n\r\n')
    await endless.until('xxx')
    server.kill('SIGTERM')
    expect((await server.exit).code).to.equal(0)
    expect(await stuck).to.have.property('message', 'fetch failed')
    expect(server.output)
      .to.match(/requests cut off/)
      .and.include('store stopped')
  })

  it('does not wait for a stop hook beyond its own time-out', async () => {
    await using server = await start({ stopMs: -1 })
    server.kill('SIGTERM')
    expect((await server.exit).code).to.equal(0)
    expect(server.output).to.include('Store.stop failed: it did not end within 1000 ms')
  })
})
