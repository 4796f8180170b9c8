import { All, Context, Delete, Get, Head, Options, Patch, Path, Post, Put, Route, type Class } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { IsInt, IsString } from 'class-validator'
import { expect } from 'chai'

import { openRaw } from '../response/raw-request.js'

const serve = (...controllers: Class[]) => createTestServer({ controllers })

class Id {
  @Path() @IsString() id!: string
}

@Route('/todos')
class Todos {
  @Get() list() {
    return 'list'
  }
  @Post() create() {
    return 'create'
  }
  @Get('/new') form() {
    return 'form'
  }
  @Get('/:id') show({ id }: Id) {
    return `show ${id}`
  }
  @Put('/:id') replace({ id }: Id) {
    return `replace ${id}`
  }
  @Patch('/:id') change({ id }: Id) {
    return `change ${id}`
  }
  @Delete('/:id') remove({ id }: Id) {
    return `remove ${id}`
  }
}

describe('routing', () => {
  it('answers each verb with its own operation', async () => {
    const server = await serve(Todos)
    const answers = await Promise.all(
      [
        ['GET', '/todos'],
        ['POST', '/todos'],
        ['GET', '/todos/1'],
        ['PUT', '/todos/1'],
        ['PATCH', '/todos/1'],
        ['DELETE', '/todos/1'],
      ].map(async ([verb, path]) => (await server.inject(verb!, path!)).json().data as string),
    )
    expect(answers).to.deep.equal(['list', 'create', 'show 1', 'replace 1', 'change 1', 'remove 1'])
  })

  it('prefers fixed text over parameters, and parameters over wildcards, whatever their order', async () => {
    @Route('/files')
    class Files {
      @Get('/*') any(ctx: Context) {
        return `any ${ctx.params['*']}`
      }
      @Get('/:name') one(ctx: Context) {
        return `one ${ctx.params.name}`
      }
      @Get('/readme') fixed() {
        return 'fixed'
      }
    }
    const server = await serve(Files)
    const ask = async (path: string) => (await server.inject('GET', path)).json().data as string
    expect(await ask('/files/readme')).to.equal('fixed')
    expect(await ask('/files/other')).to.equal('one other')
    expect(await ask('/files/a/b/c.txt')).to.equal('any a/b/c.txt')
  })

  it('goes back to a parameter when fixed text leads nowhere', async () => {
    @Route()
    class Pages {
      @Get('/users/me/posts') mine() {
        return 'mine'
      }
      @Get('/users/:id/likes') likes(ctx: Context) {
        return ctx.params.id
      }
    }
    const server = await serve(Pages)
    expect((await server.inject('GET', '/users/me/likes')).json().data).to.equal('me')
  })

  it('takes several parameters, patterns and optional ones', async () => {
    @Route()
    class Pages {
      @Get('/a/:one/:two') both(ctx: Context) {
        return { ...ctx.params }
      }
      @Get('/b/:id(\\d+)') digits(ctx: Context) {
        return { ...ctx.params }
      }
      @Get('/c/:page?') optional(ctx: Context) {
        return { page: ctx.params.page ?? 'none' }
      }
    }
    const server = await serve(Pages)
    const ask = async (path: string) => (await server.inject('GET', path)).json().data as object
    expect(await ask('/a/x/y')).to.deep.equal({ one: 'x', two: 'y' })
    expect(await ask('/b/12')).to.deep.equal({ id: '12' })
    expect((await server.inject('GET', '/b/x')).status).to.equal(404)
    expect([await ask('/c'), await ask('/c/2')]).to.deep.equal([{ page: 'none' }, { page: '2' }])
  })

  it('takes patterns with stars and parentheses, several parameters in one segment, and colons', async () => {
    class Part {
      @Path() from!: string
      @Path() @IsInt() to!: number
    }
    @Route()
    class Pages {
      @Get('/files/:path(.*)') file(ctx: Context) {
        return { ...ctx.params }
      }
      @Get('/n/:id(\\d*)') digits(ctx: Context) {
        return { ...ctx.params }
      }
      @Get('/kinds/:kind((?:a|b)\\d)/:from-:to') both({ from, to }: Part, ctx: Context) {
        return { ...ctx.params, from, to }
      }
      @Get('/time::now') colon() {
        return 'now'
      }
    }
    const server = await serve(Pages)
    const ask = async (path: string) => (await server.inject('GET', path)).json().data as object
    expect(await ask('/files/a.txt')).to.deep.equal({ path: 'a.txt' })
    expect(await ask('/n/12')).to.deep.equal({ id: '12' })
    expect(await ask('/kinds/b1/x-7')).to.deep.equal({ kind: 'b1', from: 'x', to: 7 })
    expect(await ask('/time:now')).to.equal('now')
  })

  it('puts the prefixes of app, groups and controller in front, with single slashes', async () => {
    const server = await createTestServer({
      apps: [
        {
          prefix: '/api/',
          groups: [{ prefix: 'v1/', groups: [{ prefix: '/inner', controllers: [Todos] }] }],
          controllers: [Todos],
        },
      ],
    })
    expect((await server.inject('GET', '/api/todos/7')).json().data).to.equal('show 7')
    expect((await server.inject('GET', '/api/v1/inner/todos/7')).json().data).to.equal('show 7')
    expect((await server.inject('GET', '/todos/7')).status).to.equal(404)
  })

  it('takes the handler parameters in either order', async () => {
    @Route()
    class Pages {
      @Get('/a/:id') first(ctx: Context, { id }: Id) {
        return ctx.method + id
      }
      @Get('/b/:id') last({ id }: Id, ctx: Context) {
        return ctx.method + id
      }
    }
    const server = await serve(Pages)
    expect((await server.inject('GET', '/a/1')).json().data).to.equal('GET1')
    expect((await server.inject('GET', '/b/2')).json().data).to.equal('GET2')
  })

  it('inherits the operations of a base controller, and takes an override in their place', async () => {
    class Base {
      @Get('/kind') kind() {
        return 'base'
      }
      @Get('/shared') shared() {
        return this.kind()
      }
    }
    @Route('/sub')
    class Sub extends Base {
      override kind() {
        return 'sub'
      }
    }
    const server = await serve(Sub)
    expect((await server.inject('GET', '/sub/kind')).json().data).to.equal('sub')
    expect((await server.inject('GET', '/sub/shared')).json().data).to.equal('sub')
  })

  describe('of what no operation answers', () => {
    it('is 404 where there is nothing, and 405 with Allow where other verbs are answered', async () => {
      const server = await serve(Todos)
      const nothing = await server.inject('GET', '/none')
      expect([nothing.status, nothing.json().error.code]).to.deep.equal([404, 'NOT_FOUND'])
      const other = await server.inject('POST', '/todos/1')
      expect([other.status, other.json().error.code]).to.deep.equal([405, 'METHOD_NOT_ALLOWED'])
      expect(other.headers.allow).to.equal('DELETE, GET, HEAD, OPTIONS, PATCH, PUT')
      expect((await server.inject('PROPFIND', '/todos')).headers.allow).to.equal('GET, HEAD, OPTIONS, POST')
    })

    it('is 204 with Allow for OPTIONS, unless it has an operation of its own', async () => {
      @Route('/own')
      class Own {
        @Options() options() {
          return 'own'
        }
        @Get() show() {}
      }
      const server = await serve(Todos, Own)
      const automatic = await server.inject('OPTIONS', '/todos')
      expect([automatic.status, automatic.headers.allow]).to.deep.equal([204, 'GET, HEAD, OPTIONS, POST'])
      expect((await server.inject('OPTIONS', '/own')).json().data).to.equal('own')
      expect((await server.inject('OPTIONS', '/none')).status).to.equal(404)
    })

    it('is answered by GET without the body for HEAD', async () => {
      const server = await serve(Todos)
      const [get, head] = [await server.inject('GET', '/todos'), await server.inject('HEAD', '/todos')]
      expect([head.status, head.text]).to.deep.equal([200, ''])
      expect(head.headers['content-length']).to.equal(get.headers['content-length'])
    })

    it('is answered by an operation for HEAD where there is one, before or after that for GET', async () => {
      @Route()
      class Pages {
        @Get('/a') getA() {}
        @Head('/a') headA(ctx: Context) {
          return ctx.ok().withHeader('x-head', 'own')
        }
        @Head('/b') headB(ctx: Context) {
          return ctx.ok().withHeader('x-head', 'own')
        }
        @Get('/b') getB() {}
      }
      const server = await serve(Pages)
      expect((await server.inject('HEAD', '/a')).headers['x-head']).to.equal('own')
      expect((await server.inject('HEAD', '/b')).headers['x-head']).to.equal('own')
    })
  })

  it('gives @All the verbs that have no operation of their own, whatever the order', async () => {
    @Route()
    class Pages {
      @All('/x') rest(ctx: Context) {
        return `rest ${ctx.method}`
      }
      @Post('/x') create() {
        return 'create'
      }
    }
    const server = await serve(Pages)
    expect((await server.inject('POST', '/x')).json().data).to.equal('create')
    for (const verb of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect((await server.inject(verb, '/x')).json().data).to.equal(`rest ${verb}`)
    }
  })

  describe('of paths', () => {
    it('does not mind a slash at the end', async () => {
      const server = await serve(Todos)
      expect((await server.inject('GET', '/todos/')).json().data).to.equal('list')
      expect((await server.inject('GET', '/todos/1/')).json().data).to.equal('show 1')
    })

    it('tells upper from lower case', async () => {
      expect((await (await serve(Todos)).inject('GET', '/Todos')).status).to.equal(404)
    })

    it('decodes parameters, an encoded slash and percent sign included', async () => {
      const server = await serve(Todos)
      const show = async (path: string) => (await server.inject('GET', path)).json().data as string
      expect(await show('/todos/a%20b')).to.equal('show a b')
      expect(await show('/todos/a%2Fb')).to.equal('show a/b')
      expect(await show('/todos/100%25')).to.equal('show 100%')
      expect(await show('/todos/caf%C3%A9')).to.equal('show café')
      expect(await show('/todos/a;b=1')).to.equal('show a;b=1')
    })

    it('is 400 when an escape does not decode, in the envelope and inside the middleware', async () => {
      const seen: string[] = []
      const server = await createTestServer({
        controllers: [Todos],
        middleware: [
          (ctx, next) => {
            seen.push(ctx.path)
            return next()
          },
        ],
      })
      for (const path of ['/todos/%', '/todos/%zz', '/todos/%C3%28', '/todos/%E0%A4%A']) {
        const response = await server.inject('GET', path)
        expect([response.status, response.json().error.code]).to.deep.equal([400, 'BAD_REQUEST'])
      }
      expect(seen).to.have.length(4)
    })

    it('matches parameters of up to 256 characters, and wildcards of any length', async () => {
      @Route('/deep')
      class Deep {
        @Get('/*') any(ctx: Context) {
          return ctx.params['*']!.length
        }
      }
      const server = await serve(Todos, Deep)
      expect((await server.inject('GET', `/todos/${'a'.repeat(256)}`)).status).to.equal(200)
      expect((await server.inject('GET', `/todos/${'a'.repeat(257)}`)).status).to.equal(404)
      expect((await server.inject('GET', `/deep/${'a/'.repeat(2_000)}x`)).json().data).to.equal(4_001)
    })

    it('does not take doubled slashes for single ones', async () => {
      const server = await serve(Todos)
      expect((await server.inject('GET', '//')).status).to.equal(404)
      expect((await server.inject('GET', '//todos')).status).to.equal(404)
      expect((await server.inject('GET', '/todos//1')).status).to.equal(404)
    })

    it('cannot be fooled by names of Object.prototype', async () => {
      const server = await serve(Todos)
      expect((await server.inject('GET', '/todos/__proto__')).json().data).to.equal('show __proto__')
      expect((await server.inject('GET', '/constructor')).status).to.equal(404)
    })
  })

  describe('of request targets as written on the wire', () => {
    const close = '\r\nHost: x\r\nConnection: close\r\n\r\n'
    let url: string
    const ask = async (requestLine: string) => (await openRaw(url, `${requestLine}${close}`)).closed()
    beforeEach(async () => {
      @Route('/todos')
      class Paged {
        @Get('/:id') show(ctx: Context) {
          return { id: ctx.params.id, path: ctx.path, search: ctx.search }
        }
        @Get('*') root() {}
      }
      url = (await createTestServer({ controllers: [Paged], listen: true })).url()
    })

    it('takes the absolute form', async () => {
      const answer = await ask('GET http://example.test:80/todos/5?x=1 HTTP/1.1')
      expect(answer).to.match(/^HTTP\/1\.1 200 /)
      expect(answer).to.contain('{"id":"5","path":"/todos/5","search":"x=1"}')
    })

    it('takes an absolute form without a path as /', async () => {
      expect(await ask('GET http://example.test HTTP/1.1')).to.match(/^HTTP\/1\.1 404 /)
      expect(await ask('GET http://example.test?x=1 HTTP/1.1')).to.match(/^HTTP\/1\.1 404 /)
    })

    it('answers OPTIONS * with 204', async () => {
      expect(await ask('OPTIONS * HTTP/1.1')).to.match(/^HTTP\/1\.1 204 /)
    })

    it('finds no operation for what does not begin with a slash, not even one for all paths', async () => {
      @Route('/')
      class Everything {
        @All('*') all() {}
      }
      const server = await createTestServer({ controllers: [Everything], listen: true })
      const answerTo = async (requestLine: string) => (await openRaw(server.url(), `${requestLine}${close}`)).closed()
      expect(await answerTo('GET ws://example.test/todos/5 HTTP/1.1')).to.match(/^HTTP\/1\.1 404 /)
      expect(await answerTo('GET * HTTP/1.1')).to.match(/^HTTP\/1\.1 404 /)
      expect(await answerTo('OPTIONS * HTTP/1.1')).to.match(/^HTTP\/1\.1 204 /)
    })

    it('answers what is neither a path nor a URL with an error', async () => {
      expect(await ask('GET todos/5 HTTP/1.1')).to.match(/^HTTP\/1\.1 40[04] /)
      expect(await ask('GET * HTTP/1.1')).to.match(/^HTTP\/1\.1 40[04] /)
      expect(await ask('GET // HTTP/1.1')).to.match(/^HTTP\/1\.1 404 /)
    })
  })

  it('converts a parameter before the operation sees it', async () => {
    class NumberId {
      @Path() @IsInt() id!: number
    }
    @Route('/n')
    class Numbers {
      @Get('/:id') show({ id }: NumberId) {
        return id + 1
      }
    }
    const server = await serve(Numbers)
    expect((await server.inject('GET', '/n/1')).json().data).to.equal(2)
    expect((await server.inject('GET', '/n/x')).status).to.equal(400)
  })
})
