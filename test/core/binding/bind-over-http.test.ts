import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

import {
  Body,
  Delete,
  Get,
  Header,
  Path,
  Post,
  Query,
  Route,
  type LokstraError,
  type MiddlewareFunction,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator'
import { expect } from 'chai'

class ListTodos {
  @Query() @IsInt() @Min(1) page = 1
  @Query('per_page') @IsInt() @Max(100) size = 20
}
class UpdateTodo {
  @Path() @IsInt() id!: number
  @Length(1, 20) title!: string
  @IsOptional() @IsString({ each: true }) tags?: string[]
  @Header('x-tenant') @IsOptional() tenant?: string
}

@Route('/todos')
class Todos {
  @Get() list(input: ListTodos) {
    return { page: input.page, size: input.size }
  }
  @Post('/:id') update(input: UpdateTodo) {
    const { id, title, tags, tenant } = input
    return { id, title, tags, tenant, isDto: input instanceof UpdateTodo }
  }
}
class Whole {
  @Body('*') all!: unknown
}
@Route('/echo')
class Echo {
  @Post() echo({ all }: Whole) {
    return all
  }
}
const serve = () => createTestServer({ controllers: [Todos, Echo] })

describe('a request', () => {
  it('fills the DTO from path, header and body, and nothing else', async () => {
    const app = await serve()
    const body = { id: 9, title: 'a', tags: ['x'], tenant: 'evil' }
    const response = await app.inject('POST', '/todos/7?id=8&title=q', { body, headers: { 'x-tenant': 'acme' } })
    expect(response.json().data).to.deep.equal({ id: 7, title: 'a', tags: ['x'], tenant: 'acme', isDto: true })
  })

  it('is answered with 400 and every wrong field', async () => {
    const app = await serve()
    const response = await app.inject('POST', '/todos/x', { body: { title: '', tags: 1 } })
    expect(response.status).to.equal(400)
    expect(response.json().error.code).to.equal('VALIDATION_ERROR')
    expect(response.json().error.fields).to.deep.equal([
      { in: 'path', field: 'id', code: 'isInt', message: 'id must be an integer number' },
      { in: 'body', field: 'title', code: 'isLength', message: 'title must be longer than or equal to 1 characters' },
      { in: 'body', field: 'tags', code: 'isString', message: 'each value in tags must be a string' },
    ])
  })

  it('keeps the defaults of what it does not send', async () => {
    const app = await serve()
    expect((await app.inject('GET', '/todos?per_page=5')).json().data).to.deep.equal({ page: 1, size: 5 })
  })

  it('with a second ? has a name that begins with it', async () => {
    const app = await serve()
    expect((await app.inject('GET', '/todos??page=3&per_page=5')).json().data).to.deep.equal({ page: 1, size: 5 })
  })

  it('may be a form', async () => {
    const app = await serve()
    const response = await app.inject('POST', '/todos/7', { body: new URLSearchParams('title=a&tags[]=x') })
    expect(response.json().data).to.deep.include({ title: 'a', tags: ['x'] })
  })

  it('is answered with 415 and the accepted types where its body has another', async () => {
    const app = await serve()
    const response = await app.inject('POST', '/echo', { body: '<a/>', headers: { 'content-type': 'text/xml' } })
    expect(response.status).to.equal(415)
    expect(response.headers.accept).to.equal('application/json, application/x-www-form-urlencoded')
  })
})

describe('a body that middleware reads', () => {
  class Hook {
    @Body() @IsString() event!: string
  }
  @Route('/hooks')
  class Hooks {
    @Post() take({ event }: Hook) {
      return event
    }
  }
  const serveWith = (read: MiddlewareFunction, listen = false) =>
    createTestServer({ controllers: [Hooks], middleware: [read], listen })

  it('with ctx.body() is still bound', async () => {
    let read = ''
    const app = await serveWith(async (ctx, next) => {
      read = (await ctx.body()).toString()
      return next()
    })
    expect((await app.inject('POST', '/hooks', { body: { event: 'paid' } })).json().data).to.equal('paid')
    expect(read).to.equal('{"event":"paid"}')
  })

  for (const when of ['before', 'after'] as const) {
    it(`by somebody who listens to the request as well, since ${when} its DTO was asked for, has all of it`, async () => {
      let seen = ''
      const listen = (req: IncomingMessage) => req.on('data', (chunk: Buffer) => (seen += chunk.toString()))
      const app = await serveWith((ctx, next) => {
        if (when === 'before') listen(ctx.req)
        const outcome = next()
        if (when === 'after') listen(ctx.req)
        return outcome
      }, true)
      const body = JSON.stringify({ event: 'paid' })
      const headers = { 'content-type': 'application/json' }
      const response = await app.fetch('/hooks', { method: 'POST', body, headers })
      expect(await response.json()).to.deep.include({ data: 'paid' })
      expect(seen).to.equal(body)
    })
  }

  const readers: Readonly<Record<string, (req: IncomingMessage) => Promise<unknown>>> = {
    'to its end': (req) => text(req),
    'in part': (req) => once(req, 'data').then(() => req.pause()),
  }
  for (const [how, read] of Object.entries(readers)) {
    it(`from the request itself, ${how}, is a fault that names ctx.body()`, async () => {
      const app = await serveWith(async (ctx, next) => {
        await read(ctx.req)
        return next()
      }, true)
      app.expectError(/E_BODY_CONSUMED/)
      const body = JSON.stringify({ event: 'paid' })
      const headers = { 'content-type': 'application/json' }
      expect((await app.fetch('/hooks', { method: 'POST', body, headers })).status).to.equal(500)
      const error = app.logs.find(({ level }) => level === 'error')!.fields.err as LokstraError
      expect(error.code).to.equal('E_BODY_CONSUMED')
      expect(error.fix).to.contain('ctx.body()')
    })
  }
})

describe('a DTO of several operations', () => {
  class Stock {
    @Path() @IsInt() id!: number
    @IsInt() amount!: number
  }
  @Route()
  class Shelves {
    @Get('/shelves/:id') show({ id, amount }: Stock) {
      return { shown: id, amount }
    }
    @Post('/shelves/:id') fill({ id, amount }: Stock) {
      return { filled: id, amount }
    }
    @Delete('/stores/:store/shelves/:id') clear({ id, amount }: Stock) {
      return { cleared: id, amount }
    }
  }

  it('is filled by each from where its verb has it, each time', async () => {
    const app = await createTestServer({ controllers: [Shelves] })
    const answers: unknown[] = []
    // The first input of a plan is interpreted, and the others are read by what is compiled.
    for (let id = 1; id <= 3; id++) {
      answers.push((await app.inject('GET', `/shelves/${id}?amount=2`, { body: { amount: 3 } })).json().data)
      answers.push((await app.inject('POST', `/shelves/${id}?amount=2`, { body: { amount: 3 } })).json().data)
      answers.push((await app.inject('DELETE', `/stores/9/shelves/${id}?amount=4`)).json().data)
    }
    const expected = [1, 2, 3].flatMap((id) => [
      { shown: id, amount: 2 },
      { filled: id, amount: 3 },
      { cleared: id, amount: 4 },
    ])
    expect(answers).to.deep.equal(expected)
  })

  it('is refused by each with the place of the field in its own request', async () => {
    const app = await createTestServer({ controllers: [Shelves] })
    for (let time = 0; time < 3; time++) {
      const fields = []
      for (const verb of ['GET', 'POST'] as const) {
        const response = await app.inject(verb, '/shelves/1', verb === 'POST' ? { body: { amount: 'x' } } : {})
        expect(response.status).to.equal(400)
        fields.push(response.json().error.fields[0])
      }
      expect(fields).to.deep.equal([
        { in: 'query', field: 'amount', code: 'required', message: 'amount is required' },
        { in: 'body', field: 'amount', code: 'isInt', message: 'amount must be an integer number' },
      ])
    }
  })

  it('is checked against the path of each', async () => {
    @Route('/bins')
    class Bins {
      @Get('/:id') show({ id }: Stock) {
        return id
      }
      @Get('/all/:number') list({ id }: Stock) {
        return id
      }
    }
    const started = createTestServer({ controllers: [Shelves, Bins] })
    const error = (await started.then(
      () => expect.fail('It started'),
      (thrown: unknown) => thrown,
    )) as LokstraError
    expect(error.code).to.equal('E_PATH_PARAMETER_UNKNOWN')
    expect(error.message).to.contain('Stock.id').and.to.contain('the path has only number')
  })
})
