import { Field, Get, Returns, Route, type Class } from '@lokstra/core'
import { Expose, Type } from 'class-transformer'
import { expect } from 'chai'

import { operationOf } from '../../contract/contracts.js'
import { callOperation, createOutputDecoder, deliver, serveCalls } from './internals.js'

/** What the caller gets where the method returns the value. */
async function cross<T>(type: Class<T>, value: unknown): Promise<T> {
  @Route()
  class Things {
    @Get()
    @Returns(type as Class<object>)
    async give(): Promise<unknown> {
      return Promise.resolve(undefined)
    }
  }
  const operation = callOperation(await operationOf(Things), 'Things')
  const request = { verb: 'GET', target: operation.path, headers: {}, body: undefined }
  const response = await deliver(
    serveCalls(operation, () => value),
    request,
  )
  expect(response.status).to.equal(200)
  return (await createOutputDecoder(operation.output, 'Things.give')(response)) as T
}

describe('an object from another server', () => {
  it('is an instance with the methods of its class', async () => {
    class Cart {
      @Field({ type: () => Number }) prices: number[] = []
      sum(): number {
        return this.prices.reduce((all, price) => all + price, 0)
      }
    }
    expect((await cross(Cart, { prices: [1, 2] })).sum()).to.equal(3)
  })

  it('is set through its setters, so that what is private is there', async () => {
    class Celsius {
      #kelvin = 0
      @Field() get degrees(): number {
        return this.#kelvin - 273
      }
      set degrees(degrees: number) {
        this.#kelvin = degrees + 273
      }
      inKelvin(): number {
        return this.#kelvin
      }
    }
    const value = new Celsius()
    value.degrees = 20
    const arrived = await cross(Celsius, value)
    expect([arrived.degrees, arrived.inKelvin()]).to.deep.equal([20, 293])
  })

  it('has what a getter gave on the other server, where nothing can be set', async () => {
    class Account {
      static balance = 5
      @Expose() get balance(): number {
        return Account.balance
      }
      @Field() id = 1
    }
    const response = cross(Account, new Account())
    const arrived = await response
    Account.balance = 99
    expect([arrived.id, arrived.balance]).to.deep.equal([1, 5])
    expect(arrived).to.be.instanceOf(Account)
  })

  it('has undefined where there was nothing, whatever an initialiser gives', async () => {
    class Settings {
      @Field() limit?: number = 10
      @Field() name = 'default'
    }
    const arrived = await cross(Settings, { name: 'own' })
    expect(arrived).to.deep.equal(Object.assign(new Settings(), { limit: undefined, name: 'own' }))
  })

  it('may be of a class whose constructor takes parameters: it does not run', async () => {
    class Point {
      @Field() x: number
      constructor(x: number) {
        if (x === undefined) throw new TypeError('A point has an x')
        this.x = x
      }
      get double(): number {
        return this.x * 2
      }
    }
    const arrived = await cross(Point, new Point(4))
    expect(arrived).to.be.instanceOf(Point)
    expect([arrived.x, arrived.double]).to.deep.equal([4, 8])
  })

  it('may be of a class whose constructor fails', async () => {
    class Opened {
      @Field() id!: number
      constructor() {
        throw new Error('It opens a file')
      }
    }
    const value = Object.assign(Object.create(Opened.prototype as object) as Opened, { id: 7 })
    const arrived = await cross(Opened, value)
    expect(arrived).to.be.instanceOf(Opened).with.property('id', 7)
  })

  it('has the class that is declared, with its fields only, where an heir of it was returned', async () => {
    class Animal {
      @Field() name = ''
    }
    class Dog extends Animal {
      @Field() breed = 'pug'
    }
    const arrived = await cross(Animal, Object.assign(new Dog(), { name: 'Rex' }))
    expect(arrived).to.deep.equal(Object.assign(new Animal(), { name: 'Rex' }))
    expect(arrived).not.to.be.instanceOf(Dog)
  })

  it('leads back to its class at any depth', async () => {
    class Tree {
      @Field() name = ''
      @Type(() => Tree) @Field() left?: Tree
      @Type(() => Tree) @Field() all = new Map<string, Tree>()
    }
    const leaf = (name: string) => Object.assign(new Tree(), { name })
    const tree = Object.assign(leaf('root'), { left: leaf('left'), all: new Map([['one', leaf('one')]]) })
    const arrived = await cross(Tree, tree)
    expect(arrived).to.deep.equal(tree)
    expect(arrived.all.get('one')).to.be.instanceOf(Tree)
  })
})
