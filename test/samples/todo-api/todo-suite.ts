import type { TestServer } from '@lokstra/core/testing'
import { Database } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { startTodoApi } from './todo-api.js'

export interface TodoDatabase {
  /** Configuration of the sample's `db` service. */
  readonly config: Readonly<Record<string, unknown>>
  stop(): Promise<void> | void
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON, of whichever shape the test expects
  readonly body: any
}

/** What the sample does, on a database of the caller's choice. */
export function todoSuite(title: string, open: (suite: Mocha.Context) => Promise<TodoDatabase>): void {
  describe(`the todo API on ${title}`, () => {
    let database: TodoDatabase
    let server: TestServer

    before(async function () {
      this.timeout(60_000)
      database = await open(this)
      server = await startTodoApi(database.config)
    })
    beforeEach(() => server.get(Database).query('truncate todos restart identity'))
    after(async () => {
      await server?.dispose()
      await database?.stop()
    })

    async function call(
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<Answer> {
      // Without a cache-control of its own `fetch` sends `no-cache`, which forbids a 304.
      const all = new Headers({ 'cache-control': 'max-age=0', ...headers })
      if (body !== undefined && !all.has('content-type')) all.set('content-type', 'application/json')
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
      const response = await server.fetch(path, { method, headers: all, body: text ?? null })
      const answer = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        body: answer === '' ? undefined : JSON.parse(answer),
      }
    }

    async function create(todo: object): Promise<number> {
      const { status, body } = await call('POST', '/todos', todo)
      expect(status).to.equal(201)
      return body.data.id as number
    }

    async function titles(query: string): Promise<string[]> {
      const { status, body } = await call('GET', `/todos?${query}`)
      expect(status).to.equal(200)
      return body.data.map((todo: { title: string }) => todo.title)
    }

    function brokenFields({ status, body }: Answer): string[] {
      expect(status).to.equal(400)
      return (body.error.fields ?? []).map(
        ({ in: place, field, code }: Record<string, string>) => `${place} ${field} ${code}`,
      )
    }

    describe('creating', () => {
      it('answers 201 with the todo, its address and its entity tag', async () => {
        const tags = [{ name: 'home', colour: '#2e7d32' }, { name: 'soon' }]
        const { status, headers, body } = await call('POST', '/todos', {
          title: 'Buy oranges',
          due: '2026-12-24',
          tags,
        })
        expect(status).to.equal(201)
        expect(headers.get('location')).to.equal('/todos/1')
        expect(headers.get('etag')).to.equal('"1"')
        const { createdAt, updatedAt, ...todo } = body.data
        expect(todo).to.deep.equal({
          id: 1,
          title: 'Buy oranges',
          done: false,
          due: '2026-12-24T00:00:00.000Z',
          tags: [
            { name: 'home', colour: '#2e7d32' },
            { name: 'soon', colour: '#808080' },
          ],
          version: 1,
        })
        expect(createdAt)
          .to.match(/^\d{4}-.*Z$/)
          .and.equal(updatedAt)
        expect((await call('GET', '/todos/1')).body.data).to.deep.equal(body.data)
      })

      it('names every broken rule with the place of its field', async () => {
        const todo = { title: 'x'.repeat(201), due: '2026-02-30', tags: [{ name: 'home', colour: 'red' }, {}] }
        expect(brokenFields(await call('POST', '/todos', todo))).to.have.members([
          'body title maxLength',
          'body due isDate',
          'body tags[0].colour matches',
          'body tags[1].name required',
        ])
      })

      for (const [what, title] of [
        ['no title', undefined],
        ['a title of null', null],
        ['an empty title', ''],
        ['a title of spaces', '   '],
        ['a number as title', 1],
        ['a list as title', ['x']],
        ['a NUL, which Postgres cannot store', 'a\0b'],
        ['a line break', 'a\nb'],
        ['half a surrogate pair', 'a\ud800'],
      ] as const) {
        it(`refuses ${what}`, async () => {
          expect(
            brokenFields(await call('POST', '/todos', { title })).map((field) => field.split(' ')[1]),
          ).to.deep.equal(['title'])
        })
      }

      it('refuses in a tag what jsonb cannot store', async () => {
        for (const [name, code] of [
          ['a\0', 'isOneLine'],
          ['\ud800', 'type'],
        ]) {
          const fields = brokenFields(await call('POST', '/todos', { title: 'x', tags: [{ name }] }))
          expect(fields).to.deep.equal([`body tags[0].name ${code!}`])
        }
      })

      it('keeps any other text as it came', async () => {
        for (const title of [
          "Robert'); drop table todos;--",
          '👩‍👩‍👧 naïve “quotes” \\ %_ $1',
          '<img src=x onerror=alert(1)>',
        ]) {
          const id = await create({ title, tags: [{ name: title.slice(0, 30) }] })
          const { data } = (await call('GET', `/todos/${id}`)).body
          expect(data.title).to.equal(title)
          expect(data.tags[0].name).to.equal(title.slice(0, 30))
        }
      })

      it('drops keys that are not declared, and refuses those that reach for prototypes', async () => {
        const { body } = await call('POST', '/todos', { title: 'x', id: 99, version: 7, done: true })
        expect(body.data).to.include({ id: 1, version: 1, done: false })
        expect((await call('POST', '/todos', '{"title": "x", "__proto__": {"done": true}}')).status).to.equal(400)
      })

      it('takes back what it gave out', async () => {
        await create({ title: 'x' })
        const { data } = (await call('GET', '/todos/1')).body
        expect((await call('POST', '/todos', data)).body.data).to.include({ id: 2, title: 'x', due: null })
        expect((await call('PATCH', '/todos/2', data)).body.data).to.include({ id: 2, title: 'x', due: null })
      })

      it('refuses what is not a JSON object', async () => {
        for (const body of ['', '{', 'null', '[]', '"x"'])
          expect((await call('POST', '/todos', body)).status, body).to.equal(400)
      })

      it('answers 415 to another media type and 413 to a body above the limit', async () => {
        expect((await call('POST', '/todos', 'x', { 'content-type': 'text/csv' })).status).to.equal(415)
        expect((await call('POST', '/todos', { title: 'x'.repeat(70_000) })).status).to.equal(413)
      })
    })

    describe('listing', () => {
      it('pages, and says how much there is', async () => {
        for (const title of ['a', 'b', 'c', 'd', 'e']) await create({ title })
        const { body } = await call('GET', '/todos?page=2&per_page=2&sort=title')
        expect(body.data.map((todo: { title: string }) => todo.title)).to.deep.equal(['c', 'd'])
        expect(body.meta).to.deep.equal({ page: 2, size: 2, total: 5, totalPages: 3, hasNext: true, hasPrev: true })
        expect((await call('GET', '/todos?page=9007199254740991&per_page=100')).body.data).to.deep.equal([])
      })

      it('gives the newest first, or what sort asks for', async () => {
        await create({ title: 'b', due: '2026-02-01' })
        await create({ title: 'C' })
        await create({ title: 'a', due: '2026-01-01' })
        expect(await titles('')).to.deep.equal(['a', 'C', 'b'])
        expect(await titles('sort=createdAt')).to.deep.equal(['b', 'C', 'a'])
        expect(await titles('sort=title')).to.deep.equal(['a', 'b', 'C'])
        expect(await titles('sort=-title')).to.deep.equal(['C', 'b', 'a'])
        expect(await titles('sort=due')).to.deep.equal(['a', 'b', 'C'])
        expect(await titles('sort=-due')).to.deep.equal(['b', 'a', 'C'])
      })

      it('filters by state, tag and part of the title, all at once', async () => {
        await create({ title: 'Buy 100% juice', tags: [{ name: 'home' }] })
        const done = await create({ title: 'Buy bread', tags: [{ name: 'home' }, { name: 'food' }] })
        await create({ title: 'Call Ada' })
        await call('PATCH', `/todos/${done}`, { done: true })
        expect(await titles('done=true')).to.deep.equal(['Buy bread'])
        expect(await titles('done=0&sort=title')).to.deep.equal(['Buy 100% juice', 'Call Ada'])
        expect(await titles('tag=food')).to.deep.equal(['Buy bread'])
        expect(await titles('search=BUY&sort=title')).to.deep.equal(['Buy 100% juice', 'Buy bread'])
        expect(await titles('search=%25')).to.deep.equal(['Buy 100% juice'])
        expect(await titles('tag=home&search=buy&done=false')).to.deep.equal(['Buy 100% juice'])
        expect(await titles("search=' or 1=1 --")).to.deep.equal([])
        expect(await titles(`tag=${encodeURIComponent('"}]')}`)).to.deep.equal([])
      })

      it('refuses what it cannot read, field by field', async () => {
        const answer = await call('GET', '/todos?page=0&per_page=0x10&done=maybe&sort=id;drop&search=%00')
        expect(brokenFields(answer)).to.have.members([
          'query page min',
          'query per_page isInt',
          'query done isBoolean',
          'query sort isIn',
          'query search isOneLine',
        ])
        expect(brokenFields(await call('GET', '/todos?per_page=101'))).to.deep.equal(['query per_page max'])
      })
    })

    describe('one todo', () => {
      it('is 304 for those who have it already', async () => {
        const id = await create({ title: 'x' })
        const cached = await call('GET', `/todos/${id}`, undefined, { 'if-none-match': '"1"' })
        expect(cached).to.include({ status: 304, body: undefined })
        expect(cached.headers.get('etag')).to.equal('"1"')
        await call('PATCH', `/todos/${id}`, { done: true })
        expect((await call('GET', `/todos/${id}`, undefined, { 'if-none-match': '"1"' })).status).to.equal(200)
      })

      it('is 404 when there is none, and 400 when its id cannot be one', async () => {
        for (const method of ['GET', 'PATCH', 'DELETE']) {
          const body = method === 'PATCH' ? {} : undefined
          const missing = await call(method, '/todos/9007199254740991', body)
          expect(missing.status, method).to.equal(404)
          expect(missing.body.error).to.include({ code: 'NOT_FOUND', message: 'There is no todo 9007199254740991' })
          for (const id of ['abc', '0', '-1', '1.5', '0x1', '1e3x', '9007199254740993', '%00']) {
            expect(brokenFields(await call(method, `/todos/${id}`, body)).join(), `${method} ${id}`).to.match(
              /^path id \w+$/,
            )
          }
        }
      })

      it('answers HEAD as GET without the body', async () => {
        await create({ title: 'x' })
        const head = await call('HEAD', '/todos/1')
        expect(head).to.include({ status: 200, body: undefined })
        expect(head.headers.get('etag')).to.equal('"1"')
      })
    })

    describe('changing', () => {
      it('changes what is given and leaves the rest', async () => {
        const id = await create({ title: 'x', due: '2026-12-24', tags: [{ name: 'home' }] })
        const { body, headers } = await call('PATCH', `/todos/${id}`, { done: true })
        expect(headers.get('etag')).to.equal('"2"')
        expect(body.data).to.include({ title: 'x', done: true, due: '2026-12-24T00:00:00.000Z', version: 2 })
        expect(body.data.tags).to.have.length(1)
        const cleared = await call('PATCH', `/todos/${id}`, { due: null, tags: [] })
        expect(cleared.body.data).to.include({ done: true, due: null, version: 3 })
        expect(cleared.body.data.tags).to.deep.equal([])
      })

      it('refuses null where a value is needed, and changes nothing', async () => {
        const id = await create({ title: 'x' })
        const answer = await call('PATCH', `/todos/${id}`, { title: null, done: null, tags: null, due: null })
        expect(brokenFields(answer)).to.have.members(['body title type', 'body done type', 'body tags type'])
        expect((await call('GET', `/todos/${id}`)).body.data.version).to.equal(1)
      })

      it('takes the id from the path, whatever the body says', async () => {
        await create({ title: 'a' })
        await create({ title: 'b' })
        const { body } = await call('PATCH', '/todos/1', { id: 2, title: 'c' })
        expect(body.data).to.include({ id: 1, title: 'c' })
        expect((await call('GET', '/todos/2')).body.data.title).to.equal('b')
      })

      it('is 412 when If-Match names another version, and changes nothing', async () => {
        const id = await create({ title: 'x' })
        for (const tag of ['"2"', 'W/"1"', '1']) {
          const refused = await call('PATCH', `/todos/${id}`, { title: 'y' }, { 'if-match': tag })
          expect(refused.status, tag).to.equal(412)
          expect(refused.body.error.code).to.equal('PRECONDITION_FAILED')
        }
        expect((await call('GET', `/todos/${id}`)).body.data).to.include({ title: 'x', version: 1 })
        for (const tag of ['"1"', '"7", "2"', '*']) {
          expect((await call('PATCH', `/todos/${id}`, { title: 'y' }, { 'if-match': tag })).status, tag).to.equal(200)
        }
      })

      it('lets one of many changes to the same version through', async () => {
        const id = await create({ title: 'x' })
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            call('PATCH', `/todos/${id}`, { title: `by ${index}` }, { 'if-match': '"1"' }),
          ),
        )
        const winners = answers.filter(({ status }) => status === 200)
        expect(winners).to.have.length(1)
        expect(answers.filter(({ status }) => status === 412)).to.have.length(19)
        expect((await call('GET', `/todos/${id}`)).body.data).to.deep.equal(winners[0]!.body.data)
      })

      it('loses none of many changes to different fields', async () => {
        const id = await create({ title: 'x' })
        const changes = [{ title: 'y' }, { done: true }, { due: '2026-01-01' }, { tags: [{ name: 'a' }] }]
        await Promise.all(changes.map((change) => call('PATCH', `/todos/${id}`, change)))
        const { data } = (await call('GET', `/todos/${id}`)).body
        expect(data).to.include({ title: 'y', done: true, due: '2026-01-01T00:00:00.000Z', version: 5 })
        expect(data.tags).to.have.length(1)
      })
    })

    describe('deleting', () => {
      it('is 204, then 404', async () => {
        const id = await create({ title: 'x' })
        expect((await call('DELETE', `/todos/${id}`, undefined, { 'if-match': '"2"' })).status).to.equal(412)
        expect(await call('DELETE', `/todos/${id}`)).to.include({ status: 204, body: undefined })
        for (const method of ['GET', 'DELETE']) expect((await call(method, `/todos/${id}`)).status).to.equal(404)
      })
    })

    describe('around it', () => {
      it('lives and is ready', async () => {
        expect((await call('GET', '/health/live')).body.data.status).to.equal('up')
        const { status, body } = await call('GET', '/health/ready')
        expect(status).to.equal(200)
        expect(body.data.checks.db.status).to.equal('up')
      })

      it('names the allowed methods in a 405, and answers 404 to what does not exist', async () => {
        const { status, headers } = await call('PUT', '/todos/1', {})
        expect(status).to.equal(405)
        expect(headers.get('allow')?.split(', ')).to.have.members(['GET', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'])
        expect((await call('GET', '/users')).body.error.code).to.equal('NOT_FOUND')
      })

      it('serves its page', async () => {
        const response = await server.fetch('/')
        expect(response.headers.get('content-type')).to.match(/^text\/html/)
        expect(await response.text()).to.include('<h1>Todos</h1>')
      })

      it('answers with the request id that it logs', async () => {
        const { headers } = await call('GET', '/todos/1', undefined, { 'x-request-id': 'my-id' })
        expect(headers.get('x-request-id')).to.equal('my-id')
      })
    })
  })
}
