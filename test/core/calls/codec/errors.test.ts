import {
  ConflictError,
  Context,
  Get,
  HttpError,
  NotFoundError,
  Returns,
  Route,
  Throws,
  type HttpErrorOptions,
} from '@lokstra/core'
import { expect } from 'chai'

import { operationOf } from '../../contract/contracts.js'
import {
  callOperation,
  createErrorDecoder,
  createOutputDecoder,
  deliver,
  logger,
  parseErrorBody,
  serveCalls,
} from './internals.js'

let constructed = 0

class UserNotFound extends NotFoundError {
  readonly id: string
  constructor(id = '', options?: HttpErrorOptions) {
    super(`There is no user ${id}`, { code: 'USER_NOT_FOUND', details: { id }, ...options })
    constructed++
    this.id = id
  }
  get isMild(): boolean {
    return this.status === 404
  }
}
class UserGone extends UserNotFound {}
class Unrelated extends ConflictError {}

@Route()
class Users {
  @Get()
  @Returns(String)
  @Throws(UserNotFound, ConflictError)
  async find(_ctx: Context): Promise<string> {
    return Promise.resolve('')
  }
}

const operation = callOperation(await operationOf(Users), 'Users')
const decode = createErrorDecoder(operation.errors)

/** What the caller makes of what the callee throws. */
async function thrown(error: unknown): Promise<{ status: number; text: string; error: HttpError | undefined }> {
  const callee = serveCalls(operation, () => {
    throw error
  })
  const response = await deliver(callee, { verb: 'GET', target: operation.path, headers: {}, body: undefined })
  const text = await response.text()
  return { status: response.status, text, error: decode(parseErrorBody(text)) }
}

describe('an error that an operation declares', () => {
  it('is one of its class at the caller, whose constructor does not run', async () => {
    const original = new UserNotFound('7')
    constructed = 0
    const { status, error } = await thrown(original)
    expect(status).to.equal(404)
    expect(constructed).to.equal(0)
    expect(error).to.be.instanceOf(UserNotFound).and.instanceOf(NotFoundError).and.instanceOf(Error)
    expect(HttpError.is(error)).to.equal(true)
    const { name, message, code, details, fields, headers } = error as UserNotFound
    expect({ name, message, code, details, fields, headers }).to.deep.equal({
      name: 'UserNotFound',
      message: 'There is no user 7',
      code: 'USER_NOT_FOUND',
      details: { id: '7' },
      fields: undefined,
      headers: undefined,
    })
    expect((error as UserNotFound).isMild).to.equal(true)
    expect(error!.stack).to.match(/^UserNotFound: There is no user 7\n\s+at /)
  })

  it('is one of the nearest class that is declared', async () => {
    const { error } = await thrown(new UserGone('8'))
    expect(error!.constructor).to.equal(UserNotFound)
    const other = await thrown(new Unrelated('twice', { code: 'TWICE' }))
    expect(other.error!.constructor).to.equal(ConflictError)
    expect(other.error).to.include({ status: 409, code: 'TWICE', message: 'twice' })
  })

  it('keeps its fields and details, and nothing of its cause', async () => {
    const fields = [{ in: 'body', field: 'a', code: 'c', message: 'm' }] as const
    const { error, text } = await thrown(new ConflictError('no', { fields, cause: new Error('hunter2') }))
    expect(error!.fields).to.deep.equal(fields)
    expect(error!.cause).to.equal(undefined)
    expect(text).not.to.include('hunter2')
  })
})

describe('an error that an operation does not declare', () => {
  it('is none to the decoder', async () => {
    const { status, error, text } = await thrown(new HttpError(410, 'Gone for good'))
    expect([status, error]).to.deep.equal([410, undefined])
    expect(JSON.parse(text)).to.have.nested.include({ 'error.code': 'GONE', 'error.message': 'Gone for good' })
  })

  it('tells nothing of what happened inside', async () => {
    const { status, text } = await thrown(new TypeError('password=hunter2'))
    expect(status).to.equal(500)
    expect(text).not.to.include('hunter2')
    expect(logger.lines.at(-1)!.message).to.equal('request failed')
  })
})

describe('the body of an error answer', () => {
  const bodies: readonly [what: string, text: string][] = [
    ['no JSON', '<html>502</html>'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no error', '{"status":"error"}'],
    ['an error that is text', '{"error":"no"}'],
    ['another class', '{"error":{"type":"Object","status":404,"code":"A","message":"m"}}'],
    ['an inherited name', '{"error":{"type":"constructor","status":404,"code":"A","message":"m"}}'],
    ['no status', '{"error":{"type":"UserNotFound","code":"A","message":"m"}}'],
    ['a status of success', '{"error":{"type":"UserNotFound","status":200,"code":"A","message":"m"}}'],
    ['a code that is no text', '{"error":{"type":"UserNotFound","status":404,"code":1,"message":"m"}}'],
    [
      'a list of fields that are none',
      '{"error":{"type":"UserNotFound","status":404,"code":"A","message":"m","fields":[null]}}',
    ],
    [
      'a field without a name',
      '{"error":{"type":"UserNotFound","status":404,"code":"A","message":"m","fields":[{"in":"body","code":"c","message":"m"}]}}',
    ],
    ['no message', '{"error":{"type":"UserNotFound","status":404,"code":"A"}}'],
  ]
  for (const [what, text] of bodies) {
    it(`is not taken for a declared error when it is ${what}`, () => {
      expect(decode(parseErrorBody(text))).to.equal(undefined)
    })
  }
})

describe('an answer that is not what is declared', () => {
  class Order {
    id = 0
    since = new Date(0)
    count = 1n
  }
  @Route()
  class Orders {
    @Get()
    @Returns([Order])
    async list(): Promise<Order[]> {
      return Promise.resolve([])
    }
  }
  const read = async (text: string) => {
    const { output } = await operationOf(Orders)
    const headers = {}
    const chunks = () => expect.fail()
    return createOutputDecoder(
      output,
      'Orders.list',
    )({ status: 200, headers, text: () => Promise.resolve(text), chunks })
  }
  const answers: readonly [text: string, problem: string][] = [
    ['<html>', 'it is no JSON'],
    ['[{"id":1}', 'it is no JSON'],
    ['{}', 'data is declared as Order[] and was an object'],
    ['[5]', 'data is declared as Order and was a number'],
    ['[{"id":"1"}]', 'Order.id is declared as number and was a string'],
    ['[{"since":"yesterday"}]', 'Order.since is declared as date and was a string'],
    ['[{"count":"1.5"}]', 'Order.count is declared as bigint and was a string'],
  ]
  for (const [text, problem] of answers) {
    it(`is an error that says so: ${problem}`, async () => {
      const error = await read(text).then(
        () => expect.fail('It was read'),
        (thrownError: unknown) => thrownError,
      )
      expect(error).to.include({
        code: 'E_CALL_RESULT',
        problem: `The answer of Orders.list cannot be read: ${problem}`,
      })
    })
  }

  it('may have keys that nobody declares, which are dropped, and lack some, which are undefined', async () => {
    const [order] = (await read('[{"id":1,"note":"x","__proto__":{"isAdmin":true}}]')) as Order[]
    expect(order).to.be.instanceOf(Order)
    expect(Object.entries(order!)).to.deep.equal([
      ['id', 1],
      ['since', undefined],
      ['count', undefined],
    ])
    expect(order).not.to.have.property('isAdmin')
  })
})
