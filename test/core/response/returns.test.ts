import {
  ConflictError,
  Context,
  Field,
  Get,
  Post,
  Result,
  Returns,
  Route,
  type Formatter,
  type MiddlewareFunction,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { Exclude, Expose, Transform, Type } from 'class-transformer'
import { IsInt, IsString } from 'class-validator'

class Owner {
  @IsInt() id = 0
}

class Todo {
  @IsInt() id = 0
  @IsString() title = ''
  @Type(() => Owner) owner?: Owner
}

/** What a database gives: more than the answer may hold. */
class Row {
  password = 'hunter2'
  id = 1
  title = 'Read "it"'
  owner = { id: 7, token: 'hunter3' }
}

const text = '{"id":1,"title":"Read \\"it\\"","owner":{"id":7}}'

@Route('/todos')
class Todos {
  @Get() @Returns([Todo]) list(ctx: Context) {
    return ctx.page([new Row(), new Row()], { page: 1, size: 2, total: 2 })
  }
  @Get('/plain') @Returns(Todo) plain() {
    return new Row()
  }
  @Get('/later') @Returns(Todo) async later() {
    return new Row()
  }
  @Get('/null') @Returns(Todo) nothing() {
    return null
  }
  @Get('/undefined') @Returns(Todo) none() {
    return undefined
  }
  @Get('/ok') @Returns(Todo) ok(ctx: Context) {
    return ctx.ok(new Row()).withMessage('Here "it" is').withMeta({ version: 1 })
  }
  @Get('/bare') @Returns(Todo) bare(ctx: Context) {
    return ctx.ok()
  }
  @Post() @Returns(Todo, 201) create() {
    return new Row()
  }
  @Post('/result') @Returns(Todo, 201) result(ctx: Context) {
    return ctx.created(new Row())
  }
  @Get('/conflict') @Returns(Todo) conflict(ctx: Context) {
    return ctx.ok({ why: 'taken' }).withStatus(409)
  }
  @Get('/thrown') @Returns(Todo) thrown() {
    throw new ConflictError('Taken', { details: { why: 'taken' } })
  }
  @Get('/text') @Returns(Todo) text(ctx: Context) {
    return ctx.text('as it is')
  }
  @Get('/bytes') @Returns(Todo) bytes() {
    return Buffer.from('as it is')
  }
  @Get('/stream') @Returns(Todo) stream(ctx: Context) {
    return ctx.stream(['as ', 'it is'])
  }
  @Get('/removed') @Returns(undefined, 204) removed() {
    return new Row()
  }
  @Get('/untyped') untyped() {
    return { id: 1n, at: new Date(0) }
  }
}

const serverWith = (formatter: string | Formatter = 'lokstra', middleware: MiddlewareFunction[] = []) =>
  createTestServer({ controllers: [Todos], app: { formatter }, middleware })

describe('@Returns', () => {
  it('writes the declared fields of plain values, promises, results and pages, in every built-in shape', async () => {
    const paths = ['/todos/plain', '/todos/later', '/todos/ok', '/todos']
    const meta = '{"page":1,"size":2,"total":2,"totalPages":1,"hasNext":false,"hasPrev":false}'
    const message = '"message":"Here \\"it\\" is"'
    const expected: Record<string, string[]> = {
      lokstra: [
        `{"status":"success","data":${text}}`,
        `{"status":"success","data":${text}}`,
        `{"status":"success",${message},"data":${text},"meta":{"version":1}}`,
        `{"status":"success","data":[${text},${text}],"meta":${meta}}`,
      ],
      classic: [
        `{"code":"OK","success":true,"data":${text}}`,
        `{"code":"OK","success":true,"data":${text}}`,
        `{"code":"OK","success":true,${message},"data":${text},"meta":{"version":1}}`,
        `{"code":"OK","success":true,"data":[${text},${text}],"meta":${meta}}`,
      ],
      plain: [text, text, text, `[${text},${text}]`],
      problem: [text, text, text, `[${text},${text}]`],
    }
    for (const [formatter, texts] of Object.entries(expected)) {
      const server = await serverWith(formatter)
      const answers = await Promise.all(paths.map((path) => server.inject('GET', path)))
      expect(answers.map((answer) => answer.text)).to.deep.equal(texts)
      for (const answer of answers) {
        expect(answer.headers).to.include({ 'content-type': 'application/json; charset=utf-8' })
        expect(answer.headers['content-length']).to.equal(String(answer.bytes.length))
      }
    }
  })

  it('gives plain values its status, and holds for results of another', async () => {
    const server = await serverWith('plain')
    for (const path of ['/todos', '/todos/result']) {
      const { status, text: body } = await server.inject('POST', path)
      expect([status, body]).to.deep.equal([201, text])
    }
  })

  it('leaves null, nothing and results without data as they are', async () => {
    const server = await serverWith()
    expect((await server.inject('GET', '/todos/null')).text).to.equal('{"status":"success","data":null}')
    expect((await server.inject('GET', '/todos/bare')).text).to.equal('{"status":"success"}')
    expect((await server.inject('GET', '/todos/undefined')).status).to.equal(204)
  })

  it('says nothing about errors, text, bytes and streams', async () => {
    const server = await serverWith()
    expect((await server.inject('GET', '/todos/conflict')).json().data).to.deep.equal({ why: 'taken' })
    expect((await server.inject('GET', '/todos/thrown')).json().error.details).to.deep.equal({ why: 'taken' })
    for (const path of ['/todos/text', '/todos/bytes', '/todos/stream']) {
      expect((await server.inject('GET', path)).text).to.equal('as it is')
    }
  })

  it('sends no body with 204, whatever the method returned', async () => {
    const response = await (await serverWith()).inject('GET', '/todos/removed')
    expect([response.status, response.text]).to.deep.equal([204, ''])
  })

  it('answers HEAD with the length of what GET sends', async () => {
    const server = await serverWith()
    const { headers } = await server.inject('HEAD', '/todos/plain')
    expect(headers['content-length']).to.equal(String(`{"status":"success","data":${text}}`.length))
  })

  it('holds for the data of middleware too, which answers for the operation', async () => {
    const early = await serverWith('plain', [(_ctx, _next) => new Result(200, { kind: 'data', data: new Row() })])
    expect((await early.inject('GET', '/todos/plain')).text).to.equal(text)
    const changed = await serverWith('plain', [
      async (_ctx, next) => ({ ...((await next()) as object), password: 'hunter2', title: 'changed' }),
    ])
    expect((await changed.inject('GET', '/todos/plain')).text).to.equal('{"id":1,"title":"changed","owner":{"id":7}}')
  })

  it('does not hold for addresses without an operation', async () => {
    const server = await serverWith('plain', [() => ({ anything: 1 })])
    expect((await server.inject('GET', '/nowhere')).text).to.equal('{"anything":1}')
  })
})

describe('data without @Returns', () => {
  it('is written whole, with bigints as text', async () => {
    const server = await serverWith('plain')
    expect((await server.inject('GET', '/todos/untyped')).text).to.equal('{"id":"1","at":"1970-01-01T00:00:00.000Z"}')
  })
})

describe('a formatter of the user', () => {
  it('is given the declared fields as plain data, or their text', async () => {
    const seen: unknown[] = []
    const formatter: Formatter = {
      name: 'mine',
      success: (payload) => {
        seen.push(payload.data, payload.data)
        return payload.status === 201
          ? { text: `<${payload.dataText ?? ''}>`, type: 'text/x' }
          : { body: { ok: payload.data } }
      },
      error: ({ code }) => ({ body: code }),
    }
    const server = await serverWith(formatter)
    expect((await server.inject('GET', '/todos/plain')).text).to.equal(`{"ok":${text}}`)
    expect(seen[0]).to.deep.equal(JSON.parse(text))
    expect(seen[0]).to.equal(seen[1])
    const created = await server.inject('POST', '/todos')
    expect(created.text).to.equal(`<${text}>`)
    expect(created.headers['content-type']).to.equal('text/x')
    expect((await server.inject('GET', '/todos/undefined')).status).to.equal(204)
  })
})

describe('an answer that has not changed', () => {
  it('is 304 without its data being written', async () => {
    let reads = 0
    @Route('/counted')
    class Counted {
      @Get() @Returns(Todo) get(ctx: Context) {
        return ctx
          .ok({
            get id() {
              return ++reads
            },
          })
          .withEtag('1')
      }
    }
    const server = await createTestServer({ controllers: [Counted] })
    const response = await server.inject('GET', '/counted', { headers: { 'if-none-match': '"1"' } })
    expect([response.status, response.text, reads]).to.deep.equal([304, '', 0])
    await server.inject('GET', '/counted')
    expect(reads).to.equal(1)
  })
})

describe('decorators of class-transformer on an output', () => {
  it('rename, leave out, compute and nest', async () => {
    class Tag {
      @Expose() name = ''
    }
    class Note {
      @Expose({ name: 'key' }) id = 0
      @Exclude() secret = ''
      @Transform(({ value }) => (value as Date).toISOString().slice(0, 10)) @Type(() => Date) day = new Date(0)
      @Type(() => Tag) tags: Tag[] = []
      @Expose() get size(): number {
        return this.tags.length
      }
    }
    @Route('/notes')
    class Notes {
      @Get() @Returns(Note) get() {
        const tags = [{ name: 'a', hidden: 1 }]
        return Object.assign(new Note(), { id: 4, secret: 'hunter2', tags, other: 1 })
      }
    }
    const server = await createTestServer({ controllers: [Notes], app: { formatter: 'plain' } })
    expect((await server.inject('GET', '/notes')).json()).to.deep.equal({
      key: 4,
      day: '1970-01-01',
      tags: [{ name: 'a' }],
      size: 1,
    })
  })
})

describe('data that is not of its declared type', () => {
  class Category {
    @IsString() name = ''
    @Type(() => Category) parent?: Category
  }
  @Route('/wrong')
  class Wrong {
    @Get('/object') @Returns(Todo) object() {
      return { id: 1, title: new Row() }
    }
    @Get('/list') @Returns([Todo]) list() {
      return new Row()
    }
    @Get('/circle') @Returns(Category) circle() {
      const category = new Category()
      category.parent = category
      return category
    }
  }

  it('is a 500 that tells the client nothing, and the log which field of which operation', async () => {
    for (const formatter of [
      'lokstra',
      {
        name: 'own',
        success: ({ data }) => ({ body: data }),
        error: ({ code }) => ({ body: { error: { code } } }),
      } satisfies Formatter,
    ]) {
      const server = await createTestServer({ controllers: [Wrong], app: { formatter } })
      server.expectError(/E_OUTPUT_/)
      const messages: string[] = []
      for (const path of ['object', 'list', 'circle']) {
        const response = await server.inject('GET', `/wrong/${path}`)
        expect(response.status).to.equal(500)
        expect(response.json().error.code).to.equal('INTERNAL_ERROR')
        expect(response.text).to.not.contain('hunter2')
        const { fields } = server.logs.findLast(({ message }) => message === 'request failed')!
        messages.push((fields.err as Error).message)
        expect(JSON.stringify(fields)).to.not.contain('hunter2')
      }
      expect(messages[0]).to.contain(
        'E_OUTPUT_VALUE: Wrong.object answers with Todo.title, which is declared as string and was an object of class Row',
      )
      expect(messages[0]).to.match(/at {3}.*returns\.test/)
      expect(messages[1]).to.contain(
        'Wrong.list answers with data, which is declared as Todo[] and was an object of class Row',
      )
      expect(messages[2]).to.contain('E_OUTPUT_CIRCULAR: Wrong.circle answers with Category.parent')
    }
  })
})

describe('@Transform of an output that throws', () => {
  class Member {
    @IsInt() id = 0
    @Transform(({ value }) => (value as Date).toISOString()) since?: Date
    @Expose() @Transform(({ obj }) => `member ${(obj as Member).id}`) label?: string
    @Transform(({ value }) => {
      if (value === 'gone') throw new ConflictError('Gone', { code: 'GONE' })
      return value as unknown
    })
    state = 'here'
  }

  class Group {
    @Field({ type: () => Object }) of: unknown
  }

  @Route('/members')
  class Members {
    @Get('/absent') @Returns(Member) absent() {
      return { id: 1 }
    }
    @Get('/null') @Returns(Member) nothing() {
      return { id: 1, since: null }
    }
    @Get('/gone') @Returns([Member]) gone() {
      return [{ id: 1, state: 'gone' }]
    }
    @Get('/inner') @Returns(Group) inner() {
      return { of: [Object.assign(new Member(), { since: 'hunter2' })] }
    }
  }

  it('is not asked for a field that a row lacks, unless the field is exposed', async () => {
    const server = await createTestServer({ controllers: [Members], app: { formatter: 'plain' } })
    expect((await server.inject('GET', '/members/absent')).json()).to.deep.equal({ id: 1, label: 'member 1' })
  })

  it('is a 500 that tells the client nothing, and the log which field of which operation, with the cause', async () => {
    const server = await createTestServer({
      controllers: [Members],
    })
    server.expectError(/E_OUTPUT_TRANSFORM/)
    for (const [path, operation] of [
      ['/members/null', 'Members.nothing'],
      ['/members/inner', 'Members.inner'],
    ] as const) {
      const response = await server.inject('GET', path)
      expect(response.status, path).to.equal(500)
      expect(response.json().error).to.include({ code: 'INTERNAL_ERROR' })
      const { fields } = server.logs.findLast(({ message }) => message === 'request failed')!
      const err = fields.err as Error
      expect(err.message).to.contain(
        `E_OUTPUT_TRANSFORM: ${operation} answers with Member.since, which cannot be computed from its object: TypeError: `,
      )
      expect(err.cause).to.be.instanceOf(TypeError)
    }
  })

  it('is the answer where it throws an HttpError', async () => {
    const server = await createTestServer({ controllers: [Members] })
    const response = await server.inject('GET', '/members/gone')
    expect([response.status, response.json().error.code]).to.deep.equal([409, 'GONE'])
  })
})
