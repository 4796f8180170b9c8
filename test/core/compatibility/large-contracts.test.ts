import {
  compareContracts,
  describeContracts,
  Field,
  Get,
  readContracts,
  Returns,
  Route,
  type Class,
} from '@lokstra/core'
import { expect } from 'chai'

import { operationsOf } from '../contract/contracts.js'
import { contractsOf, orderService } from './described.js'
import { operation, rehashed } from './rehashed.js'

const read = (text: string) => readContracts(text, 'it')

/** A class in a class in a class; the innermost one has a field of the type. */
function nested(depth: number, type: Class): Class {
  let inner: Class = class Level {}
  Reflect.defineMetadata('design:type', type, inner.prototype as object, 'value')
  Field()(inner.prototype as object, 'value' as never)
  for (let level = 1; level < depth; level++) {
    const next = inner
    inner = class Level {}
    Field({ type: () => next })(inner.prototype as object, 'inner' as never)
  }
  return inner
}

/** The same as text, deeper than a stack could follow. */
function chain(depth: number, type: string): string {
  const types: Record<string, unknown> = { [`C${depth}`]: { value: { type } } }
  for (let level = 0; level < depth; level++) types[`C${level}`] = { inner: { type: { object: `C${level + 1}` } } }
  return rehashed({ S: { get: operation({ object: 'C0' }, types) } })
}

function wide(count: number, type: string): string {
  const fields = Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, { type }]))
  return rehashed({ S: { get: operation({ object: 'Wide' }, { Wide: fields }) } })
}

function manyValues(count: number, first: string): string {
  const values = [first, ...Array.from({ length: count }, (_, index) => `v${index}`)]
  return rehashed({ S: { get: operation({ enum: values }) } })
}

describe('contracts that are very large', function () {
  // What grows faster than what it is given would take minutes.
  this.timeout(60_000)

  it('are described, read and compared through 500 classes in one another', async () => {
    const [was, is] = [
      await contractsOf(orderService({ returns: [nested(500, Number)] })),
      await contractsOf(orderService({ returns: [nested(500, String)] })),
    ]
    expect(Object.keys(was.services.OrderService!.operations.place!.types!.output!)).to.have.length(500)
    expect(compareContracts(read(JSON.stringify(was)), was)).to.deep.equal([])
    const [change, ...others] = compareContracts(was, is)
    expect(others).to.deep.equal([])
    expect(change!.message).to.match(
      /^OrderService\.place output\.inner\.inner.*….*inner\.inner\.value: number became string$/,
    )
    expect(change!.message.length).to.be.below(400)
  })

  it('may have classes in one another that no stack could follow', () => {
    const changes = compareContracts(read(chain(10_000, 'number')), read(chain(10_000, 'date')))
    expect(changes.map(({ kind, breaking }) => [kind, breaking])).to.deep.equal([['type-changed', true]])
  })

  it('are compared where a class has very many fields', () => {
    const changes = compareContracts(read(wide(20_000, 'number')), read(wide(20_000, 'string')))
    expect(changes).to.have.length(20_000)
  })

  it('are compared where an enum has very many members', () => {
    const changes = compareContracts(read(manyValues(200_000, 'a')), read(manyValues(200_000, 'b')))
    expect(changes.map(({ message }) => message)).to.deep.equal([
      'S.get output: the value "a" is gone',
      'S.get output: the value "b" is new, and the consumer does not know it',
    ])
  })

  it('are described, read and compared of 2,000 operations', async () => {
    const service = (type: Class) => {
      class User {}
      Reflect.defineMetadata('design:type', type, User.prototype, 'id')
      Field()(User.prototype, 'id' as never)
      class Many {}
      const prototype = Many.prototype
      for (let index = 0; index < 2_000; index++) {
        const name = `get${index}`
        const descriptor = { value: () => undefined, configurable: true, writable: true }
        Object.defineProperty(prototype, name, descriptor)
        Reflect.defineMetadata('design:paramtypes', [], prototype, name)
        ;(Get(`/${index}`) as MethodDecorator)(prototype, name, descriptor)
        ;(Returns(index === 1_999 ? User : String) as MethodDecorator)(prototype, name, descriptor)
      }
      Route('/many')(Many)
      return Many
    }
    const describe = async (type: Class) => describeContracts(new Map([['Many', await operationsOf(service(type))]]))
    const [was, is] = [await describe(Number), await describe(String)]
    expect(
      compareContracts(read(JSON.stringify(was)), read(JSON.stringify(is))).map(({ message }) => message),
    ).to.deep.equal(['Many.get1999 output.id: number became string'])
  })
})

describe('contracts that lie', () => {
  const line = { sku: { type: 'string' } }
  const right = operation({ object: 'Line' }, { Line: line })

  it('are read where they are right', () => {
    expect(Object.keys(read(rehashed({ S: { get: right } })).services)).to.deep.equal(['S'])
  })

  it('are refused where a hash is that of another content', () => {
    const honest = JSON.parse(rehashed({ S: { get: right } })) as {
      services: { S: { operations: { get: { output: { type: unknown } } } } }
    }
    honest.services.S.operations.get.output.type = 'string'
    expect(() => read(JSON.stringify(honest))).to.throw(/the hash of services\.S\.operations\.get is not that of/)
  })

  for (const [name, output, problem] of [
    ['a type of two kinds', { array: 'string', map: { object: 'Nothing' } }, /output\.type is no type/],
    ['an enum of what is no value', { enum: [{}] }, /output\.type is no type/],
    ['an enum and a class in one', { enum: 7, object: 'Line' }, /output\.type is no type/],
    ['a union without its discriminator', { union: { a: 'Line' } }, /output\.type is no type/],
    ['variants that are no classes', { union: { a: 'Row' }, by: 'kind' }, /names "Row", which is not described/],
    ['a class of every object', { object: 'constructor' }, /names "constructor", which is not described/],
    ['nothing', null, /output\.type is no object/],
  ] as const) {
    it(`are refused with ${name}, although their hashes are right`, () => {
      const text = rehashed({ S: { get: operation(output, { Line: line }) } })
      expect(() => read(text))
        .to.throw(problem)
        .with.property('code', 'E_CONTRACTS_FORMAT')
    })
  }

  for (const mark of ['required', 'undecided', 'optional', 'nullable', 'takesAll', 'json']) {
    it(`are refused where ${mark} is said with something else than true`, () => {
      const text = rehashed({
        S: { get: operation({ object: 'Line' }, { Line: { sku: { type: 'string', [mark]: 'yes' } } }) },
      })
      expect(() => read(text)).to.throw(new RegExp(`Line\\.sku\\.${mark} is not true`))
    })
  }

  for (const depth of [33, 1_000, 3_000, 100_000]) {
    it(`are refused with ${depth} lists in one another`, () => {
      const type = `${'{"array":'.repeat(depth)}"string"${'}'.repeat(depth)}`
      const text = `{"version":1,"services":{"S":{"hash":"","operations":{"get":{"hash":"","verb":"GET","path":"/","idempotent":true,"output":{"status":200,"type":${type}},"errors":[]}}}}}`
      expect(() => read(text))
        .to.throw(/nested too deeply/)
        .with.property('code', 'E_CONTRACTS_FORMAT')
    })
  }
})
