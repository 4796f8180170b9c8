import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { expect } from 'chai'
import { Pool } from 'undici'

import { ChildServer } from '../../helpers/child-server.js'
import { freePort } from '../../helpers/free-port.js'

type Send = (method: string, path: string, body: string | undefined) => Promise<{ status: number; text: string }>

const connections = 8

function nodeClient(port: number): { send: Send; close: () => Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const send: Send = (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers =
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const req = request({ agent, host: '127.0.0.1', port, method, path, headers }, (res) => {
        let text = ''
        res.on('data', (chunk: Buffer) => (text += chunk.toString()))
        res.on('end', () => resolve({ status: res.statusCode!, text }))
        res.on('error', reject)
      })
      req.on('error', reject)
      req.end(body)
    })
  return { send, close: () => Promise.resolve(agent.destroy()) }
}

function undiciClient(port: number): { send: Send; close: () => Promise<void> } {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections })
  const send: Send = async (method, path, body) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await pool.request({ method: method, path, headers, body })
    return { status: response.statusCode, text: await response.body.text() }
  }
  return { send, close: () => pool.destroy() }
}

/** Keeps all connections busy until told to stop; only a connection that was refused is tried again. */
class Traffic {
  answered = 0
  readonly failures: string[] = []
  #isOver = false
  #nextId = 0
  readonly #workers: readonly Promise<void>[]

  constructor(clients: readonly { send: Send }[]) {
    this.#workers = clients.flatMap(({ send }) => Array.from({ length: connections }, () => this.#work(send)))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#workers)
  }

  async #work(send: Send): Promise<void> {
    while (!this.#isOver) {
      const id = this.#nextId++
      const ms = id % 31
      const text = 'x'.repeat((id * 37) % 20_000)
      const isPost = id % 3 === 0
      try {
        const answer = isPost
          ? await send('POST', '/work', JSON.stringify({ id, ms, text }))
          : await send('GET', `/work?id=${id}&ms=${ms}`, undefined)
        const expected = isPost ? { id, length: text.length, open: true } : { id, open: true }
        if (answer.status !== 200 || JSON.stringify(JSON.parse(answer.text).data) !== JSON.stringify(expected)) {
          this.failures.push(`request ${id} was answered ${answer.status} ${answer.text}`)
        }
        this.answered++
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        if (code === 'ECONNREFUSED') await delay(5)
        else this.failures.push(`request ${id} (${isPost ? 'POST' : 'GET'}) failed: ${code} ${message}`)
      }
    }
  }
}

describe('restarting a server under load', () => {
  for (const { restarts, drainDelay } of [
    { restarts: 20, drainDelay: 0 },
    { restarts: 5, drainDelay: 200 },
  ]) {
    it(`loses no request with a drain delay of ${drainDelay} ms`, async function () {
      this.timeout(120_000)
      const env = {
        PORT: String(await freePort()),
        OPTIONS: JSON.stringify({ shutdown: { drainDelay, timeout: 5_000 } }),
      }
      let server = await ChildServer.start('load-server.js', env)
      const clients = [nodeClient(Number(env.PORT)), undiciClient(Number(env.PORT))]
      const traffic = new Traffic(clients)
      const exits: unknown[] = []
      try {
        for (let restart = 0; restart < restarts; restart++) {
          const target = traffic.answered + 100
          while (traffic.answered < target && traffic.failures.length === 0) await delay(5)
          server.kill('SIGTERM')
          exits.push((await server.exit).code)
          expect(server.output).to.include('ledger stopped with the store open\nstore stopping\nstore stopped')
          server = await ChildServer.start('load-server.js', env)
        }
      } finally {
        await traffic.end()
        for (const client of clients) await client.close()
        await server[Symbol.asyncDispose]()
      }
      expect(traffic.failures).to.deep.equal([])
      expect(exits).to.deep.equal(Array<number>(restarts).fill(0))
    })
  }
})
