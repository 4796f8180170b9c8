import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { createServer, Get, Route, type AppOptions } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { problemOf } from '../../helpers/boot-problems.js'
import { freePort } from '../../helpers/free-port.js'
import { exchange, http1Client, http2Client } from '../../helpers/http-clients.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { openRaw } from '../response/raw-request.js'

@Route()
class Plain {
  @Get() get() {
    return 'plain'
  }
}

@Route('/large')
class Large {
  @Get() get() {
    return Buffer.alloc(8 * 1024 * 1024)
  }
}

describe('limits.connections', () => {
  it('closes what is too many at once, says so in the log, and takes others when there is room again', async () => {
    const server = await createTestServer({
      listen: true,
      app: { controllers: [Plain], limits: { connections: 2 } },
    })
    const kept = [await openRaw(server.url(), ''), await openRaw(server.url(), '')]
    const tooMany = await openRaw(server.url(), 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(await tooMany.closed()).to.equal('')
    expect(server.logs.find(({ message }) => message.startsWith('connection limit reached'))?.fields).to.include({
      count: 1,
      limit: 2,
    })
    for (const { socket } of kept) socket.destroy()
    let text = ''
    while (text === '') {
      text = await (await openRaw(server.url(), 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).closed()
    }
    expect(text).to.match(/^HTTP\/1\.1 200 /)
  })

  it('of apps that share an address is none when one of them has none', async () => {
    const port = await freePort()
    const app = (name: string, connections: number): AppOptions => ({
      name,
      listen: `127.0.0.1:${port}`,
      prefix: `/${name}`,
      controllers: [Plain],
      limits: { connections },
    })
    const server = createServer({ services: [silentLogger], shutdown: { idle: 0 }, apps: [app('a', 1), app('b', 0)] })
    await server.start()
    const sockets: Socket[] = []
    for (let index = 0; index < 3; index++) {
      const socket = connect(port, '127.0.0.1')
      sockets.push(socket)
      await once(socket, 'connect')
    }
    sockets[2]!.write('GET /a HTTP/1.1\r\nhost: a\r\n\r\n')
    const [answer] = (await once(sockets[2]!, 'data')) as [Buffer]
    expect(answer.toString()).to.match(/^HTTP\/1\.1 200 /)
    for (const socket of sockets) socket.destroy()
    await server.stop()
  })
})

describe('limits.requestsPerConnection', () => {
  it('answers as many of the requests that come at once, and begins none of the others', async () => {
    let begun = 0
    @Route('/')
    class Counting {
      @Get() get() {
        begun++
      }
    }
    const server = await createTestServer({
      listen: true,
      app: { controllers: [Counting], limits: { requestsPerConnection: 2 } },
    })
    const connection = await openRaw(server.url(), 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(4))
    const text = await connection.closed()
    expect(text.match(/^HTTP\/1\.1 204 /gm)).to.have.length(2)
    expect(text.match(/^connection: \S+/gim)?.at(-1)).to.match(/close$/)
    expect(begun).to.equal(2)
  })
})

describe('limits.headerCount', () => {
  it('counts what Node itself would drop without a word', async () => {
    const server = await createTestServer({ listen: true, app: { controllers: [Plain], limits: { headers: '64KiB' } } })
    const many = 'a:\r\n'.repeat(3_000)
    const head = `GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${many}host: b\r\n\r\n`
    expect(await (await openRaw(server.url(), head)).closed()).to.match(/^HTTP\/1\.1 431 [^]*HEADERS_TOO_LARGE/)
  })
})

describe('socketMode', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lokstra-socket-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  for (const mode of ['600', '0666']) {
    it(`gives the socket's file the permissions ${mode}, whatever the umask`, async () => {
      const path = join(folder, 'app.sock')
      const before = process.umask(0o027)
      const server = createServer({
        services: [silentLogger],
        shutdown: { idle: 0 },
        apps: [{ listen: `unix:${path}`, socketMode: mode, controllers: [Plain] }],
      })
      await server.start()
      expect(statSync(path).mode & 0o777).to.equal(Number.parseInt(mode, 8))
      expect(process.umask(before)).to.equal(0o027)
      await server.stop()
    })
  }

  it('that cannot be set is a reason not to start, and leaves nothing open', async () => {
    const path = join(folder, 'app.sock')
    const umask = Reflect.get(process, 'umask') as (mask: number) => number
    // Somebody removes the file as soon as it is there.
    Reflect.set(process, 'umask', (mask: number) => {
      rmSync(path, { force: true })
      return umask(mask)
    })
    const server = createServer({
      services: [silentLogger],
      shutdown: { idle: 0 },
      apps: [{ listen: `unix:${path}`, socketMode: '600', controllers: [Plain] }],
    })
    try {
      const error = await server.start().catch((failure: unknown) => failure)
      expect(error).to.include({ code: 'E_LISTEN_FAILED' })
      expect(String(error)).to.include(`unix:${path}`).and.to.include('ENOENT')
      expect(server.phase).to.equal('stopped')
    } finally {
      Reflect.set(process, 'umask', umask)
    }
  })

  it('refuses what is no mode', async () => {
    const { problem } = await problemOf({ apps: [{ listen: 'unix:/tmp/x', socketMode: '999', controllers: [Plain] }] })
    expect(problem).to.include('socketMode must be octal digits in quotes, such as "660", received "999"')
  })
})

describe('a port for HTTP/1.1 and HTTP/2 in the clear', () => {
  const start = (more: AppOptions = {}) =>
    createTestServer({ listen: true, app: { http2: true, controllers: [Plain], ...more } })

  it('tells them apart also when the first bytes come one by one', async () => {
    const server = await start()
    for (const text of ['GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
      const connection = await openRaw(server.url(), '')
      connection.socket.setNoDelay(true)
      for (const letter of text) {
        connection.socket.write(letter)
        await new Promise(setImmediate)
      }
      if (text.startsWith('GET')) expect(await connection.closed()).to.match(/^HTTP\/1\.1 200 /)
      else {
        connection.socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        // The first frame of a server is SETTINGS, type 4.
        await once(connection.socket, 'data')
        expect(connection.received().charCodeAt(3)).to.equal(4)
        connection.socket.destroy()
      }
    }
  })

  it('closes connections that say nothing, or stop in the preface, when the time for headers is over', async () => {
    const server = await start({ timeouts: { headers: 200, request: 400 } })
    for (const text of ['', 'PRI * HTT', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
      await (await openRaw(server.url(), text)).closed()
    }
  })

  it('closes a session whose first request never ends its head, and does not wait for it when it stops', async () => {
    const started = [
      '505249202a20485454502f322e300d0a0d0a534d0d0a0d0a',
      '000000040000000000',
      '000003010100000001828684',
    ]
    const bytes = Buffer.from(started.join(''), 'hex')
    const server = await start({ timeouts: { headers: 200, request: 400 } })
    await (await openRaw(server.url(), bytes)).closed()
    const stopped = await start()
    const connection = await openRaw(stopped.url(), bytes)
    await once(connection.socket, 'data')
    await Promise.all([stopped.server.stop(), connection.closed()])
    expect(stopped.logs.filter(({ level }) => level === 'warn')).to.deep.equal([])
  })

  it('notices that a client has gone which did not take its answer', async () => {
    const server = await start({ controllers: [Large] })
    const client = http2Client(server.url())
    const open = client.open('GET', '/large')
    open.body.end()
    await open.head
    const [listener] = server.server.listeners
    expect(listener!.inFlight).to.equal(1)
    client.session.destroy()
    while (listener!.inFlight > 0) await delay(10)
  })

  it('closes a session that is idle, and one that only pings', async () => {
    const server = await start({ timeouts: { keepAlive: 300 } })
    await using client = http2Client(server.url())
    expect((await exchange(client, 'GET', '/')).status).to.equal(200)
    const timer = setInterval(() => {
      if (!client.session.destroyed) client.session.ping(() => undefined)
    }, 50)
    if (!client.session.closed) await once(client.session, 'close')
    clearInterval(timer)
  })

  it('refuses a request that names two hosts', async () => {
    const server = await start()
    await using client = http2Client(server.url())
    const authority = new URL(server.url()).host
    const same = await exchange(client, 'GET', '/', { headers: { ':authority': authority, host: authority } })
    expect(same.status).to.equal(200)
    const other = await exchange(client, 'GET', '/', { headers: { ':authority': authority, host: 'other.example' } })
    expect(other.status).to.equal(400)
  })

  it('answers many requests of one connection at a time', async () => {
    const server = await start()
    await using client = http2Client(server.url())
    await using other = http1Client(server.url())
    const asked = Array.from({ length: 500 }, (_, index) => exchange(index % 5 === 0 ? other : client, 'GET', '/'))
    const answers = await Promise.all(asked)
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]))
  })
})
