import { compareContracts, describeContracts, Field, Post, Returns, Route, type Class } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { Type } from 'class-transformer'
import { IsOptional, MaxLength, ValidateNested } from 'class-validator'
import { expect } from 'chai'

import { isolate } from '../validation/isolate.js'
import { operationsOf } from './contracts.js'

const levels = 1_000

/** The outermost of classes of which each holds the next one, with a text in each. */
function nest(): Class {
  let inner: Class | undefined
  for (let level = levels; level > 0; level--) {
    const type = { [`Level${level}`]: class {} }[`Level${level}`] as Class
    const declare = (property: string, design: unknown, ...decorators: unknown[]) => {
      Reflect.defineMetadata('design:type', design, type.prototype as object, property)
      for (const one of decorators) (one as PropertyDecorator)(type.prototype as object, property)
    }
    declare('text', String, Field(), IsOptional(), MaxLength(3))
    const next = inner
    if (next)
      declare(
        'next',
        next,
        Field(),
        IsOptional(),
        ValidateNested(),
        Type(() => next),
      )
    inner = type
  }
  return inner!
}

/** Plain data for so many levels, with a text in the innermost. */
function dataOf(depth: number, text: string): object {
  let data: object = { text }
  for (let level = 1; level < depth; level++) data = { next: data }
  return data
}

describe('classes that are nested in each other a thousand deep', () => {
  let restore: () => void
  let server: TestServer
  let Echoes: Class
  before(async () => {
    // The configuration's own classes are read now, while their rules are there.
    await (await createTestServer({ controllers: [] })).dispose()
    restore = isolate()
    const Outermost = nest()
    class Deep {
      echo(input: object): object {
        return input
      }
      deepest(): object {
        return dataOf(levels, 'end')
      }
    }
    const operate = (name: 'echo' | 'deepest', types: readonly Class[]) => {
      const { prototype } = Deep
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!
      Reflect.defineMetadata('design:paramtypes', types, prototype, name)
      Reflect.defineMetadata('design:returntype', Object, prototype, name)
      ;(Post(`/${name}`) as MethodDecorator)(prototype, name, descriptor)
      ;(Returns(Outermost as Class<object>) as MethodDecorator)(prototype, name, descriptor)
    }
    operate('echo', [Outermost])
    operate('deepest', [])
    Route('/deep')(Deep)
    Echoes = Deep
    server = await createTestServer({ controllers: [Deep] })
  })
  after(async () => {
    await server.dispose()
    restore()
  })

  it('are bound and written, by the interpreter and by emitted code', async () => {
    for (let time = 0; time < 4; time++) {
      const response = await server.inject('POST', '/deep/echo', { body: dataOf(30, 'abc') })
      expect(response.status).to.equal(200)
      expect(response.json()).to.have.property('data').that.deep.equals(dataOf(30, 'abc'))
    }
  })

  it('tell what is wrong at the depth where it is', async () => {
    const response = await server.inject('POST', '/deep/echo', { body: dataOf(30, 'abcd') })
    expect(response.status).to.equal(400)
    expect(response.text).to.contain(`"field":"${'next.'.repeat(29)}text"`)
  })

  it('are written whole where an answer fills them all', async () => {
    for (let time = 0; time < 4; time++) {
      const response = await server.inject('POST', '/deep/deepest')
      expect(response.status).to.equal(200)
      expect(response.text).to.contain(`${'{"next":'.repeat(levels - 1)}{"text":"end"}`)
    }
  })

  it('are described as contracts, which are the same each time', async () => {
    const operations = await operationsOf(Echoes)
    const describe = () => describeContracts(new Map([['Deep', operations]]))
    const { types } = describe().services.Deep!.operations.echo!
    expect(Object.keys(types!.output!)).to.have.lengthOf(levels)
    expect(compareContracts(describe(), describe())).to.deep.equal([])
  })
})
