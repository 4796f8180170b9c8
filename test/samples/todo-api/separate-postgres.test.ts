import { setTimeout as delay } from 'node:timers/promises'

import type { TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { PostgresServer } from '../../helpers/postgres-server.js'
import { startTodoApi } from './todo-api.js'
import { todoSuite } from './todo-suite.js'

todoSuite('a Postgres of its own', async (suite) => {
  const postgres = await PostgresServer.startOrSkip(suite)
  return { config: { url: postgres.url }, stop: () => postgres.stop() }
})

describe('the todo API when its database is killed under load', () => {
  let postgres: PostgresServer
  let server: TestServer

  before(async function () {
    this.timeout(60_000)
    postgres = await PostgresServer.startOrSkip(this)
    server = await startTodoApi({ url: postgres.url })
  })
  after(async () => {
    await server?.dispose()
    await postgres?.stop()
  })

  async function call(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; code: string | undefined }> {
    const response = await server.fetch(path, {
      method,
      // A request that hangs fails the test.
      signal: AbortSignal.timeout(10_000),
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { error?: { code: string } }
    return { status: response.status, code: answer.error?.code }
  }

  /** Waits for what has to come; the test's own time limit is the bound. */
  async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await holds())) await delay(20)
  }

  const isReady = async () => (await call('GET', '/health/ready')).status === 200

  it('answers 503 while it is away, says so in its readiness, and recovers by itself', async function () {
    this.timeout(60_000)
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    await call('POST', '/todos', { title: 'first' })
    const requests = [
      () => call('GET', '/todos'),
      () => call('GET', '/todos/1'),
      () => call('POST', '/todos', { title: 'another' }),
      () => call('PATCH', '/todos/1', { done: true }),
    ]
    const outcomes: string[] = []
    let isRunning = true
    const work = async (_: unknown, index: number) => {
      for (let turn = index; isRunning; turn++) {
        const { status, code } = await requests[turn % requests.length]!()
        outcomes.push(`${status} ${code ?? ''}`.trim())
        await delay(10)
      }
    }
    const workers = Promise.all(Array.from({ length: 8 }, work))
    const someMore = async (outcome: string) => {
      const from = outcomes.length
      await until(() => outcomes.slice(from).filter((one) => one === outcome).length >= 50)
    }
    try {
      await someMore('200')
      await postgres.kill()
      await someMore('503 SERVICE_UNAVAILABLE')
      await until(async () => !(await isReady()))
      expect((await call('GET', '/health/live')).status).to.equal(200)
      await postgres.start()
      await until(isReady)
      await someMore('200')
    } finally {
      isRunning = false
      await workers
      process.off('unhandledRejection', onUnhandled)
    }
    expect([...new Set(outcomes)].sort()).to.deep.equal(['200', '201', '503 SERVICE_UNAVAILABLE'])
    expect(unhandled).to.deep.equal([])
    for (const request of requests) expect((await request()).status).to.be.oneOf([200, 201])
  })
})
