import { join } from 'node:path'

import {
  ConflictError,
  Context,
  Get,
  Post,
  Route,
  ServiceUnavailableError,
  ValidationError,
  type Formatter,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { exchange, http2Client, readAll } from '../../helpers/http-clients.js'
import { openRaw } from './raw-request.js'

@Route('/things')
class Things {
  @Get() list(ctx: Context) {
    return ctx.page([{ id: 1 }], { page: 2, size: 1, total: 3 })
  }
  @Get('/created') created(ctx: Context) {
    return ctx.created({ id: 1 }).withMessage('Made')
  }
  @Get('/null') nothing() {
    return null
  }
  @Get('/bare') bare(ctx: Context) {
    return ctx.ok()
  }
  @Get('/invalid') invalid() {
    throw new ValidationError([
      { in: 'body', field: 'name', code: 'length', message: 'name is too long' },
      { in: 'body', field: 'name', code: 'isAlpha', message: 'name has odd letters' },
      { in: 'body', field: '', code: 'malformed', message: 'broken' },
    ])
  }
  @Get('/conflict') conflict() {
    throw new ConflictError('Taken', { code: 'NAME_TAKEN', details: { name: 'x' } })
  }
  @Get('/down') down() {
    throw new ServiceUnavailableError()
  }
  @Post('/slow') async slow(ctx: Context) {
    return (await ctx.body()).length
  }
}

const serverWith = (formatter: string | Formatter) => createTestServer({ controllers: [Things], app: { formatter } })

describe('the lokstra formatter', () => {
  it('puts data and list meta into the success envelope', async () => {
    const response = await (await serverWith('lokstra')).inject('GET', '/things')
    expect(response.headers['content-type']).to.equal('application/json; charset=utf-8')
    expect(response.json()).to.deep.equal({
      status: 'success',
      data: [{ id: 1 }],
      meta: { page: 2, size: 1, total: 3, totalPages: 3, hasNext: true, hasPrev: true },
    })
  })

  it('sends the message, and leaves out what is undefined but not what is null', async () => {
    const server = await serverWith('lokstra')
    expect((await server.inject('GET', '/things/created')).text).to.equal(
      '{"status":"success","message":"Made","data":{"id":1}}',
    )
    expect((await server.inject('GET', '/things/bare')).text).to.equal('{"status":"success"}')
    expect((await server.inject('GET', '/things/null')).text).to.equal('{"status":"success","data":null}')
  })

  it('puts code, message, fields, details and request id into the error envelope', async () => {
    const server = await serverWith('lokstra')
    const { status, error } = (await server.inject('GET', '/things/conflict')).json()
    expect(status).to.equal('error')
    expect(error).to.include({ code: 'NAME_TAKEN', message: 'Taken' })
    expect(error.details).to.deep.equal({ name: 'x' })
    expect(error.requestId).to.be.a('string')
    expect((await server.inject('GET', '/things/invalid')).json().error.fields).to.have.length(3)
  })
})

describe('the classic formatter', () => {
  it('names the status in the code', async () => {
    const server = await serverWith('classic')
    expect((await server.inject('GET', '/things')).json()).to.include({ code: 'OK', success: true })
    expect((await server.inject('GET', '/things/created')).json()).to.deep.equal({
      code: 'CREATED',
      success: true,
      message: 'Made',
      data: { id: 1 },
    })
  })

  it('gives the first message of each field', async () => {
    const response = (await (await serverWith('classic')).inject('GET', '/things/invalid')).json()
    expect(response).to.include({ code: 'VALIDATION_ERROR', success: false })
    expect(response.errors).to.deep.equal({ name: 'name is too long', body: 'broken' })
    expect(response.requestId).to.be.a('string')
  })
})

describe('the plain formatter', () => {
  it('sends the bare data and the list meta as headers', async () => {
    const response = await (await serverWith('plain')).inject('GET', '/things')
    expect(response.json()).to.deep.equal([{ id: 1 }])
    expect(response.headers).to.include({
      'x-total-count': '3',
      'x-page': '2',
      'x-page-size': '1',
      'x-total-pages': '3',
    })
  })

  it('sends an empty body where there is no data', async () => {
    const response = await (await serverWith('plain')).inject('GET', '/things/bare')
    expect(response.status).to.equal(200)
    expect(response.text).to.equal('')
    expect(response.headers).to.include({ 'content-length': '0' }).and.not.have.property('content-type')
  })

  it('sends errors without an envelope', async () => {
    const error = (await (await serverWith('plain')).inject('GET', '/things/invalid')).json()
    expect(error).to.have.all.keys('code', 'message', 'fields', 'requestId')
  })
})

describe('the problem formatter', () => {
  it('describes errors as RFC 9457 does', async () => {
    const response = await (await serverWith('problem')).inject('GET', '/things/invalid')
    expect(response.headers['content-type']).to.equal('application/problem+json')
    const problem = response.json()
    expect(problem).to.include({ type: 'about:blank', title: 'Bad Request', status: 400, code: 'VALIDATION_ERROR' })
    expect(problem.detail).to.equal('The request is not valid')
    expect(problem.errors).to.have.length(3)
  })

  it('uses the status phrase as title', async () => {
    const problem = (await (await serverWith('problem')).inject('GET', '/things/down')).json()
    expect(problem).to.include({ title: 'Service Unavailable', status: 503 })
  })

  it('sends success bare', async () => {
    expect((await (await serverWith('problem')).inject('GET', '/things')).json()).to.deep.equal([{ id: 1 }])
  })
})

describe('a formatter of the user', () => {
  it('shapes success and error, 404 included', async () => {
    const server = await serverWith({
      name: 'mine',
      success: ({ data }) => ({ body: { ok: data }, headers: { 'x-shape': 'mine' } }),
      error: ({ code }) => ({ body: { bad: code }, type: 'application/vnd.mine+json' }),
    })
    const response = await server.inject('GET', '/things/null')
    expect(response.json()).to.deep.equal({ ok: null })
    expect(response.headers['x-shape']).to.equal('mine')
    const missing = await server.inject('GET', '/nowhere')
    expect(missing.json()).to.deep.equal({ bad: 'NOT_FOUND' })
    expect(missing.headers['content-type']).to.equal('application/vnd.mine+json')
  })

  it('is passed under the name of an app whose rest is in the file', async () => {
    const formatter: Formatter = {
      name: 'mine',
      success: ({ data }) => ({ body: { ok: data } }),
      error: ({ status }) => ({ body: { bad: status } }),
    }
    await using folder = await createAppFolder({
      'lokstra.yaml': `apps: [{ name: api, listen: '127.0.0.1:0', prefix: /v1 }]\n`,
    })
    const file = join(folder.path, 'lokstra.yaml')
    const apps = [{ name: 'api', formatter, controllers: [Things] }]
    const server = await createTestServer({ file, apps })
    expect((await server.inject('GET', '/v1/things/null')).json()).to.deep.equal({ ok: null })
  })

  it('is given every member of a success and of an error', async () => {
    const given: unknown[] = []
    const server = await serverWith({
      name: 'mine',
      success: ({ status, data, dataText, message, meta }) => {
        given.push({ status, data, dataText, message, meta })
        return { body: 1 }
      },
      error: (payload) => {
        given.push(payload)
        return { body: 1 }
      },
    })
    await server.inject('GET', '/things/created')
    await server.inject('GET', '/things/conflict')
    const { requestId, ...error } = given[1] as { readonly requestId: string }
    expect(given[0]).to.deep.equal({
      status: 201,
      data: { id: 1 },
      dataText: '{"id":1}',
      message: 'Made',
      meta: undefined,
    })
    expect(requestId).to.be.a('string').that.is.not.empty
    expect(error).to.deep.equal({
      status: 409,
      code: 'NAME_TAKEN',
      message: 'Taken',
      fields: undefined,
      details: { name: 'x' },
    })
  })

  it('formats the 500 for what its success throws', async () => {
    const server = await serverWith({
      name: 'broken',
      success: () => {
        throw new Error('formatter broke')
      },
      error: ({ code }) => ({ body: { bad: code } }),
    })
    server.expectError(/formatter broke/)
    const response = await server.inject('GET', '/things/null')
    expect(response.status).to.equal(500)
    expect(response.json()).to.deep.equal({ bad: 'INTERNAL_ERROR' })
  })

  it('is stood in for when it fails on an error', async () => {
    const server = await serverWith({
      name: 'broken',
      success: () => ({ body: 1 }),
      error: () => {
        throw new Error('formatter broke')
      },
    })
    server.expectError(/formatter broke/)
    const response = await server.inject('GET', '/things/conflict')
    expect(response.status).to.equal(500)
    expect(response.json().error).to.include({ code: 'INTERNAL_ERROR' })
  })

  describe('which fails on what is no request', () => {
    const broken: Record<string, Formatter['error']> = {
      'reads a request that there is not': (_payload, _error, ctx) => ({ body: ctx!.path }),
      'reads an error that there is not': (_payload, error) => ({ body: (error as Error).message }),
      'gives a body that is no JSON': () => {
        const body: { self?: unknown } = {}
        body.self = body
        return { body }
      },
      'gives a type that is no header': ({ code }) => ({ type: 'text/plain\r\nx-own: 1', text: code }),
      'gives nothing': () => undefined as never,
    }
    for (const [what, error] of Object.entries(broken)) {
      it(`is stood in for when it ${what}, and the server goes on`, async () => {
        const formatter: Formatter = { name: 'broken', success: ({ data }) => ({ body: data }), error }
        const timeouts = { request: 300, headers: 300 }
        const app = { formatter, http2: true, timeouts, controllers: [Things] }
        const server = await createTestServer({ listen: true, app })
        server.expectError(/./)
        const garbage = await (await openRaw(server.url(), 'X\r\n\r\n')).closed()
        expect(garbage).to.match(/^HTTP\/1\.1 400 Bad Request\r\n/)
        expect(garbage).to.include('"code":"BAD_REQUEST"').and.not.include('x-own')
        await using client = http2Client(server.url())
        const unknown = await exchange(client, 'BREW', '/things')
        expect([unknown.status, unknown.json().error?.code]).to.deep.equal([400, 'BAD_REQUEST'])
        const slow = client.open('POST', '/things/slow', { 'content-type': 'application/json' })
        slow.body.write('{')
        const late = await slow.head
        expect([late.status, String(await readAll(late.body))].join(' ')).to.match(/^408 .*"code":"REQUEST_TIMEOUT"/)
        slow.abort()
        expect((await exchange(client, 'GET', '/things/null')).json()).to.equal(null)
        expect(server.logs.filter(({ message }) => message === 'error answer failed')).to.have.length(3)
      })
    }
  })
})
