import type { TestServer } from '@lokstra/core/testing'
import { Database, sql } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { startServer } from '../start-server.js'

describe('tasks', () => {
  let server: TestServer

  before(async function () {
    // The first run makes the database.
    this.timeout(60_000)
    server = await startServer()
  })

  beforeEach(async () => {
    await server.get(Database).query(sql`truncate tasks restart identity`)
  })

  const create = (title: string) => server.inject('POST', '/tasks', { body: { title } })

  it('are found after they were created', async () => {
    const created = await create('Buy oranges')
    expect(created.status).to.equal(201)
    expect(created.headers.location).to.equal('/tasks/1')
    const found = await server.inject('GET', '/tasks/1')
    expect(found.status).to.equal(200)
    expect(found.json().data).to.deep.equal(created.json().data)
    expect(found.json().data).to.include({ id: 1, title: 'Buy oranges', done: false })
  })

  it('need a title', async () => {
    const answer = await create('')
    expect(answer.status).to.equal(400)
    expect(answer.json().error.fields[0]).to.include({ in: 'body', field: 'title', code: 'isLength' })
  })

  it('are listed page by page', async () => {
    for (const title of ['one', 'two', 'three']) await create(title)
    const answer = await server.inject('GET', '/tasks?page=2&per_page=2')
    expect(answer.json().data.map(({ title }: { title: string }) => title)).to.deep.equal(['three'])
    expect(answer.json().meta).to.include({ page: 2, size: 2, total: 3, hasNext: false, hasPrev: true })
  })

  it('are listed by whether they are done', async () => {
    for (const title of ['one', 'two']) await create(title)
    await server.inject('PATCH', '/tasks/2', { body: { done: true } })
    const answer = await server.inject('GET', '/tasks?done=true')
    expect(answer.json().data.map(({ id }: { id: number }) => id)).to.deep.equal([2])
  })

  it('keep what a change leaves out', async () => {
    await create('Buy oranges')
    const answer = await server.inject('PATCH', '/tasks/1', { body: { done: true } })
    expect(answer.status).to.equal(200)
    expect(answer.json().data).to.include({ title: 'Buy oranges', done: true })
  })

  it('are gone after they were removed', async () => {
    await create('Buy oranges')
    expect((await server.inject('DELETE', '/tasks/1')).status).to.equal(204)
    expect((await server.inject('GET', '/tasks/1')).status).to.equal(404)
    expect((await server.inject('DELETE', '/tasks/1')).status).to.equal(404)
  })
})
