import { Context, Field, Get, Returns, Route, type Formatter } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { Exclude, Expose, Transform, Type } from 'class-transformer'
import { IsString } from 'class-validator'

class Base {
  @Exclude() passwordHash = 'hunter2'
}
class User extends Base {
  name = 'Ada'
}
/** Says nothing itself. */
class Admin extends User {
  level = 9
}
class Renamed {
  @Expose({ name: 'key' }) id = 1
  @Transform(({ value }) => `${value as string}…`) text = 'Re'
}
class Fields {
  @Field() name = 'Ada'
}
class Typed {
  @Type(() => User) owner: unknown = { name: 'Ada', passwordHash: 'hunter2' }
}
/** None of this is about what is written. */
class Input {
  @Exclude({ toClassOnly: true }) id = 1
  @Transform(() => 'never', { toClassOnly: true }) text = 'as it is'
  @IsString() name = 'Ada'
}
class Wrapper {
  constructor(
    readonly user: unknown,
    readonly more = 1,
  ) {}
}
class Decimal {
  toJSON() {
    return '0.1'
  }
}
class Document {
  readonly #data = { owner: new User(), at: new Date(0), of: 'them' }
  asked: unknown[] = []
  toJSON(...args: unknown[]) {
    this.asked.push(...args)
    return this.#data
  }
}
@Exclude()
class AsText {
  toJSON() {
    return 'as text'
  }
}
@Exclude()
class Hidden {
  secret = 'hunter2'
}

/** Nothing tells the types of these. */
class Answer {
  value!: unknown
  @Type(() => Object) list: unknown[] = []
  @Field({ type: () => Object }) map = new Map<string, unknown>()
  @Field({ type: () => Object }) set = new Set<unknown>()
}

let value: unknown

@Route('/')
class Answers {
  @Get('/declared') @Returns(Answer) declared() {
    return { value, list: [value], map: new Map([['k', value]]), set: new Set([value]) }
  }
  @Get('/plain') plain() {
    return { value }
  }
  @Get('/page') @Returns([Answer]) page(ctx: Context) {
    return ctx.page([{ value }], { page: 1, size: 1, total: 1 })
  }
}

const ownFormatter: Formatter = {
  name: 'own',
  success: ({ data }) => ({ body: { data } }),
  error: ({ code }) => ({ body: { code } }),
}

/** What the field of no known type is written as, which is the same in lists, maps, sets, and for formatters that take the data. */
async function written(given: unknown): Promise<unknown> {
  value = given
  const texts: string[] = []
  for (const formatter of ['lokstra', ownFormatter]) {
    const server = await createTestServer({ controllers: [Answers], app: { formatter } })
    const response = await server.inject('GET', '/declared')
    expect(response.status).to.equal(200)
    const { data } = response.json() as { data: Record<string, unknown> }
    expect(data.list).to.deep.equal([data.value])
    expect(data.set).to.deep.equal([data.value])
    expect(data.map).to.deep.equal({ k: data.value })
    texts.push(JSON.stringify(data.value))
  }
  expect(texts[0]).to.equal(texts[1])
  return JSON.parse(texts[0]!)
}

describe('a value of which @Returns knows no type', () => {
  it('is written by its class, where that says what is written of it', async () => {
    expect(await written(new User())).to.deep.equal({ name: 'Ada' })
    expect(await written(new Admin())).to.deep.equal({ name: 'Ada', level: 9 })
    expect(await written(Object.create(User.prototype, { name: { value: 'Bo' } }))).to.deep.equal({ name: 'Bo' })
    expect(await written(new Renamed())).to.deep.equal({ key: 1, text: 'Re…' })
    expect(await written(Object.assign(new Fields(), { secret: 1 }))).to.deep.equal({ name: 'Ada' })
    expect(await written(new Typed())).to.deep.equal({ owner: { name: 'Ada' } })
    expect(await written(new Hidden())).to.deep.equal({})
  })

  it('is so at any depth of lists, plain objects and instances of other classes', async () => {
    const deep = {
      users: [[new User()], 1],
      wrapped: new Wrapper({ of: new Wrapper(new Admin(), 2) }),
      at: new Date(0),
    }
    expect(await written(deep)).to.deep.equal({
      users: [[{ name: 'Ada' }], 1],
      wrapped: { user: { of: { user: { name: 'Ada', level: 9 }, more: 2 } }, more: 1 },
      at: '1970-01-01T00:00:00.000Z',
    })
    class Nested {
      @Exclude() secret = 'hunter2'
      inner: unknown = { again: new User() }
    }
    expect(await written([new Nested()])).to.deep.equal([{ inner: { again: { name: 'Ada' } } }])
    expect(await written({ get user() { return new User() } })).to.deep.equal({ user: { name: 'Ada' } }) // prettier-ignore
  })

  it('is JSON otherwise', async () => {
    expect(await written(new Input())).to.deep.equal({ id: 1, text: 'as it is', name: 'Ada' })
    expect(await written(Object.assign(Object.create(null), { a: [new Decimal()] }))).to.deep.equal({ a: ['0.1'] })
    expect(await written({ m: new Map([[1, new User()]]), n: null, f: () => 1, s: new String('s') })).to.deep.equal({
      m: {},
      n: null,
      s: 's',
    })
    expect(await written({ big: [1n], user: new User() })).to.deep.equal({ big: ['1'], user: { name: 'Ada' } })
    expect(await written(JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1}}'))).to.deep.equal(
      JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1}}'),
    )
    const sparse = [undefined, new User()]
    sparse.length = 3
    expect(await written(sparse)).to.deep.equal([null, { name: 'Ada' }, null])
  })

  it('is asked for its toJSON once, unless its class declares fields', async () => {
    expect(await written(new AsText())).to.equal('as text')
    const document = new Document()
    value = { deep: [document] }
    const server = await createTestServer({ controllers: [Answers] })
    const answer = (await server.inject('GET', '/page')).json() as { data: { value: unknown }[] }
    expect(answer.data[0]!.value).to.deep.equal({
      deep: [{ owner: { name: 'Ada' }, at: '1970-01-01T00:00:00.000Z', of: 'them' }],
    })
    expect(document.asked).to.deep.equal(['0'])
    class Own {
      @Exclude() secret = 'hunter2'
      name = 'Ada'
      toJSON() {
        return { secret: this.secret }
      }
    }
    expect(await written(new Own())).to.deep.equal({ name: 'Ada' })
    expect(await written({ toJSON: () => new User() })).to.deep.equal({ name: 'Ada' })
  })

  it('is not asked again when its toJSON gave something that has one', async () => {
    for (const plain of [{ a: 1, toJSON: () => 'again' }, Object.assign([1], { toJSON: () => 'again' }), new Date(0)]) {
      const given = { toJSON: () => plain }
      expect(await written(given)).to.deep.equal(JSON.parse(JSON.stringify(given)))
    }
  })

  it('leaves the data of the handler as it was', async () => {
    const user = new User()
    const given = { users: [user], by: { user } }
    await written(given)
    expect(given).to.deep.equal({ users: [user], by: { user } })
    expect(given.by.user).to.equal(user)
    expect(user.passwordHash).to.equal('hunter2')
  })

  it('is whole where an operation has no @Returns', async () => {
    value = new User()
    const server = await createTestServer({ controllers: [Answers] })
    expect((await server.inject('GET', '/plain')).json().data).to.deep.equal({
      value: { name: 'Ada', passwordHash: 'hunter2' },
    })
  })

  it('is not sent when it contains itself, in its own objects or through a class that says what is written', async () => {
    class Link {
      @Field() next: unknown = undefined
    }
    const link = new Link()
    link.next = { list: [link] }
    const circle: Record<string, unknown> = {}
    circle.deep = [circle]
    const server = await createTestServer({ controllers: [Answers] })
    server.expectError(/E_OUTPUT_CIRCULAR/)
    for (const given of [link, circle]) {
      value = given
      expect((await server.inject('GET', '/declared')).status).to.equal(500)
      const { fields } = server.logs.findLast(({ message }) => message === 'request failed')!
      expect((fields.err as Error).message).to.match(
        /^E_OUTPUT_CIRCULAR: Answers.declared answers with (Answer.value|Link.next)/,
      )
    }
  })

  it('is not sent when a field of its class holds what does not fit, and the error says which', async () => {
    class Strict {
      @Field() name: string = { password: 'hunter2' } as unknown as string
    }
    value = { deep: [new Strict()] }
    const server = await createTestServer({ controllers: [Answers] })
    server.expectError(/E_OUTPUT_VALUE/)
    const response = await server.inject('GET', '/declared')
    expect(response.status).to.equal(500)
    const { fields } = server.logs.findLast(({ message }) => message === 'request failed')!
    expect((fields.err as Error).message).to.contain('Strict.name, which is declared as string and was an object')
    expect(JSON.stringify(fields)).to.not.contain('hunter2')
  })

  it('is not sent when its class would write two fields under one name, and the error says which', async () => {
    class Twice {
      @Field() id = 1
      @Expose({ name: 'id' }) key = 'k'
    }
    value = [new Twice()]
    const server = await createTestServer({ controllers: [Answers] })
    server.expectError(/E_OUTPUT_NAME/)
    for (let request = 0; request < 2; request++) {
      expect((await server.inject('GET', '/declared')).status).to.equal(500)
      const { fields } = server.logs.findLast(({ message }) => message === 'request failed')!
      expect((fields.err as Error).message).to.contain('Twice.id and Twice.key are both written as "id"')
    }
  })
})
