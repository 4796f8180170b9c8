import {
  Body,
  Duration,
  Field,
  Get,
  Header,
  Post,
  Query,
  Returns,
  Route,
  stream,
  type Class,
  type Operation,
} from '@lokstra/core'
import { Exclude, Expose, Transform, Type } from 'class-transformer'
import { IsEmail, IsEnum, IsIn, IsInt, IsString, ValidateNested } from 'class-validator'
import { expect } from 'chai'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'
import { mistakesOf, operationOf, shapeOf } from './contracts.js'

type Returned = Parameters<typeof Returns>[0]

function returning(type: unknown, status?: number): Class {
  @Route('/todos')
  class Todos {
    @Returns(type as Returned, status) // at: returns
    @Get()
    list() {}
  }
  return Todos
}

async function outputOf(type: unknown, status?: number): Promise<Operation['output']> {
  return (await operationOf(returning(type, status))).output
}

const shape = async (type: unknown) => shapeOf((await outputOf(type)).type!)

enum Colour {
  Red = 'red',
  Blue = 'blue',
}
class Tag {
  @Field() name!: string
}

describe('the output of an operation', () => {
  it('is a class, a scalar, or a list of these', async () => {
    expect(await shape(Tag)).to.deep.equal({ name: 'string' })
    expect(await shape([Tag])).to.deep.equal({ array: { name: 'string' } })
    expect(await shape(String)).to.equal('string')
    expect(await shape(Number)).to.equal('number')
    expect(await shape(Boolean)).to.equal('boolean')
    expect(await shape(BigInt)).to.equal('bigint')
    expect(await shape(Date)).to.equal('date')
    expect(await shape([String])).to.deep.equal({ array: 'string' })
    expect(await shape([[Tag]])).to.deep.equal({ array: { array: { name: 'string' } } })
  })

  it('may be a stream of any of these, or of bytes', async () => {
    const { type, isStream, status } = await outputOf(stream(Tag), 201)
    expect({ type: shapeOf(type!), isStream, status }).to.deep.equal({
      type: { name: 'string' },
      isStream: true,
      status: 201,
    })
    expect(await outputOf(stream(Uint8Array))).to.deep.equal({ status: 200, type: undefined, isStream: true })
    expect((await outputOf(Tag)).isStream).to.equal(false)
  })

  it('is no stream of what no response can be written by, nor one without a body', async () => {
    class Empty {}
    expect(await mistakesOf(returning(stream(undefined as unknown as Class)))).to.deep.equal([
      'E_RETURNS_TYPE @Returns of Todos.list names stream(undefined), which is no class with fields',
    ])
    expect(await mistakesOf(returning(stream(Empty)))).to.deep.equal([
      'E_OUTPUT_EMPTY The output of GET /todos is of the class Empty, of which no field can be read',
    ])
    expect(await mistakesOf(returning(stream(Tag), 204))).to.deep.equal([
      'E_RETURNS_STATUS @Returns of Todos.list names the status 204, which has no body, and a type to write',
    ])
  })

  it('has the declared status, 200 without one', async () => {
    expect((await outputOf(Tag)).status).to.equal(200)
    expect((await outputOf(Tag, 201)).status).to.equal(201)
    expect(await outputOf(undefined, 204)).to.deep.equal({ status: 204, type: undefined, isStream: false })
  })

  it('has the fields that an instance has of its own, and those that are decorated', async () => {
    class Todo {
      id!: number
      title = 'x'
      count = 1
      when = new Date(0)
      nested = new Tag()
      list = ['a']
      free: unknown = undefined
      @Duration() wait = 5
      @Body('given') @IsEmail() mail!: string
      method = () => 1
      readonly #hidden = 1
      get shown() {
        return this.#hidden
      }
    }
    expect(await shape(Todo)).to.deep.equal({
      id: 'any',
      title: 'string',
      count: 'number',
      when: 'date',
      nested: { name: 'string' },
      list: { array: 'string' },
      free: 'any',
      wait: 'duration',
      mail: 'string',
    })
  })

  it('has the types that are declared', async () => {
    class Card {
      @Field() number!: string
    }
    class Cash {
      @Field() amount!: number
    }
    class Order {
      @Field() text!: string
      @Field() big!: bigint
      @Field() flag!: boolean
      @Field() tag!: Tag
      @Field({ type: () => Tag }) tags!: Tag[]
      @Type(() => Tag) set!: Set<Tag>
      @Type(() => Number) map!: Map<string, number>
      @IsEnum(Colour) colour!: Colour
      @IsIn(['s', 'm']) size!: string
      @Field({ type: () => Object }) list!: unknown[]
      @Type(() => Object) record!: Record<string, unknown>
      @Field({ type: () => Date }) until!: Date | null
      @Type(() => Card, {
        discriminator: {
          property: 'kind',
          subTypes: [
            { name: 'card', value: Card },
            { name: 'cash', value: Cash },
          ],
        },
      })
      payment!: Card | Cash
      @Field() bytes!: Buffer
    }
    expect(await shape(Order)).to.deep.equal({
      text: 'string',
      big: 'bigint',
      flag: 'boolean',
      tag: { name: 'string' },
      tags: { array: { name: 'string' } },
      set: { set: { name: 'string' } },
      map: { map: 'number' },
      colour: ['red', 'blue'],
      size: ['s', 'm'],
      list: { array: 'any' },
      record: 'any',
      until: 'date',
      payment: { 'kind card': { number: 'string' }, 'kind cash': { amount: 'number' } },
      bytes: 'any',
    })
  })

  it('follows a class that refers to itself', async () => {
    class Node {
      @Field() name!: string
      @Type(() => Node) children!: Node[]
      @Type(() => Node) parent?: Node
    }
    const { type } = await outputOf(Node)
    const plan = type!.kind === 'object' ? type!.plan() : undefined
    const [, children, parent] = plan!.fields
    expect(children!.type.kind === 'array' && children!.type.element.kind === 'object').to.equal(true)
    expect(parent!.type.kind === 'object' && parent!.type.plan()).to.equal(plan)
  })

  it('has the decorated fields of a class that cannot be constructed', async () => {
    class NeedsArguments {
      @Field() id: number
      hidden = 'x'
      @Expose() title: string
      constructor(id: number, title: string) {
        this.id = id
        this.title = title
      }
    }
    class Fails {
      @Transform(({ value }) => value as unknown) id!: number
      @Type(() => Tag) tag!: Tag
      constructor() {
        throw new Error('no')
      }
    }
    abstract class Shape {
      @Field() name!: string
      abstract get area(): number
      @Expose() get doubled(): number {
        return this.area * 2
      }
    }
    expect(await shape(NeedsArguments)).to.deep.equal({ id: 'number', title: 'string' })
    expect(await shape(Fails)).to.deep.equal({ tag: { name: 'string' }, id: 'number' })
    expect(await shape(Shape)).to.deep.equal({ name: 'string', doubled: 'number' })
  })

  it('leaves to its values what has toJSON and no fields', async () => {
    class Decimal {
      readonly #value: number
      constructor(value: number) {
        this.#value = value
      }
      toJSON() {
        return this.#value
      }
    }
    class Invoice {
      @Field() total!: Decimal
    }
    expect(await shape(Decimal)).to.equal('any')
    expect(await shape(Invoice)).to.deep.equal({ total: 'any' })
  })

  it('has getters that are exposed or declared, also those that fail on an empty object, and exposed methods', async () => {
    class Cart {
      @Exclude() lines!: { price: number }[]
      @Expose() get total(): number {
        return this.lines.reduce((sum, { price }) => sum + price, 0)
      }
      @Field({ description: 'How many' }) get count(): number {
        return this.lines.length
      }
      @Expose() first(): unknown {
        return this.lines[0]
      }
    }
    const { type } = await outputOf(Cart)
    expect(shapeOf(type!)).to.deep.equal({ count: 'number', total: 'number', first: 'any' })
    const fields = type!.kind === 'object' ? type!.plan().fields : []
    const first = fields.find(({ name }) => name === 'first')!
    const cart = Object.assign(new Cart(), { lines: [{ price: 2 }] })
    expect(
      first.transforms.reduce<unknown>(
        (value, transform) => transform({ value, key: 'first', obj: cart, type: 1, options: {} }),
        cart.first,
      ),
    ).to.deep.equal({ price: 2 })
    expect(fields.find(({ name }) => name === 'count')!.notes.description).to.equal('How many')
  })

  it('is not the input of the same class', async () => {
    class User {
      @IsInt() @Expose({ name: 'user_id' }) id!: number
      @IsString() @Exclude({ toPlainOnly: true }) password!: string
      @ValidateNested() @Type(() => Tag) tag!: Tag
    }
    expect(await shape(User)).to.deep.equal({ user_id: 'number', tag: { name: 'string' } })
  })

  describe('refuses at boot', () => {
    const refused: readonly [unknown, string][] = [
      [null, 'null'],
      ['Todo', 'Todo'],
      [{}, '[object Object]'],
      [Object, 'Object'],
      [Array, 'Array'],
      [Map, 'Map'],
      [Buffer, 'Buffer'],
      [() => Tag, 'a function'],
      [[], '[]'],
      [[Tag, Tag], '[Tag, Tag]'],
      [[undefined], '[undefined]'],
    ]
    for (const [given, name] of refused) {
      it(`${name}, which is no class with fields`, async () => {
        const problem = await problemOf({ apps: [{ controllers: [returning(given)] }] })
        expect(problem.problem).to.equal(`@Returns of Todos.list names ${name}, which is no class with fields`)
        expect(problem.code).to.equal('E_RETURNS_TYPE')
        expect(problem.fix).to.equal(
          'Name a class, String, Number, Boolean, BigInt or Date, or one of these in brackets for a list: @Returns([Todo]). A class that is undefined here is imported in a circle, or by `import type`: move one of the two classes to a file of its own. Nothing is written only with a status without a body: @Returns(undefined, 204).',
        )
        expect(problem.where).to.deep.equal([placeOf(import.meta.url, 'returns')])
      })
    }

    it('a status that is none, and a type where no body is', async () => {
      for (const status of [99, 600, 200.5, Number.NaN, '200' as never]) {
        expect(await mistakesOf(returning(Tag, status))).to.deep.equal([
          `E_RETURNS_STATUS @Returns of Todos.list names the status ${String(status)}, which is not a final HTTP status`,
        ])
      }
      for (const status of [204, 205, 304]) {
        const problem = await problemOf({ apps: [{ controllers: [returning([Tag], status)] }] })
        expect(problem.problem).to.equal(
          `@Returns of Todos.list names the status ${status}, which has no body, and a type to write`,
        )
        expect(problem.fix).to.equal(
          'Use a whole number from 200 to 399, and @Returns(undefined, 204) for a response without a body. Errors are thrown, and declared with @Throws.',
        )
      }
    })

    it('the status of an error', async () => {
      for (const type of [Tag, undefined]) {
        expect(await mistakesOf(returning(type, 404))).to.deep.equal([
          'E_RETURNS_STATUS @Returns of Todos.list names the status 404, which is that of an error',
        ])
      }
    })

    it('undefined, as circular imports leave it, where a body would be written', async () => {
      for (const status of [undefined, 200, 202, 302]) {
        expect(await mistakesOf(returning(undefined, status))).to.deep.equal([
          'E_RETURNS_TYPE @Returns of Todos.list names undefined, which is no class with fields',
        ])
      }
    })

    it('fields of which nobody knows what would go out', async () => {
      class Order {
        @Field() tags: Tag[] = [] // at: untyped list
        @Field() set!: Set<Tag>
        @Field() map!: Map<string, Tag>
        @Field() one!: Tag | null
        @Field() record: Record<string, Tag> = {}
        @Field() nothing = null
        @Expose() get later(): unknown {
          return undefined
        }
        list: Tag[] = []
        object: Record<string, Tag> = {}
        @IsEnum(Colour) colour!: Colour | null
        @Field({ type: () => Object }) anything!: unknown
        unknown: unknown
      }
      const list = (property: string) =>
        `E_FIELD_ELEMENT_TYPE Order.${property} is a list or map, and the type of its elements is not known`
      const untyped = (property: string) =>
        `E_OUTPUT_FIELD_TYPE Order.${property} is written in responses, and its type is not known`
      expect(await mistakesOf(returning(Order))).to.have.members([
        ...['tags', 'set', 'map', 'list'].map(list),
        ...['one', 'record', 'nothing', 'later', 'object'].map(untyped),
      ])
      const problems = await problemsOf({ apps: [{ controllers: [returning(Order)] }] })
      expect(problems[0]!.where).to.deep.equal([placeOf(import.meta.url, 'untyped list')])
    })

    it('a class without fields, at any depth', async () => {
      class Empty {}
      class Holder {
        @Field() empty!: Empty
      }
      const problem = await problemOf({ apps: [{ controllers: [returning(Empty)] }] })
      expect(problem.code).to.equal('E_OUTPUT_EMPTY')
      expect(problem.problem).to.equal('The output of GET /todos is of the class Empty, of which no field can be read')
      expect(problem.fix).to.equal(
        'Decorate the properties of Empty with @Field() or @Expose(). Without decorators a field is seen only where an instance made without arguments has it.',
      )
      expect(problem.where).to.deep.equal([placeOf(import.meta.url, 'returns')])
      expect(await mistakesOf(returning([Holder]))).to.deep.equal([
        'E_OUTPUT_EMPTY Holder.empty is of the class Empty, of which no field can be read',
      ])
    })

    it('two fields under one name', async () => {
      class Todo {
        id = 0
        @Expose({ name: 'id' }) key!: string // at: second name
      }
      const problem = await problemOf({ apps: [{ controllers: [returning(Todo)] }] })
      expect(problem.code).to.equal('E_OUTPUT_NAME')
      expect(problem.problem).to.equal('Todo.id and Todo.key are both written as "id"')
      expect(problem.fix).to.equal(
        'Give one of them another name with @Expose({ name }), or leave it out with @Exclude().',
      )
    })

    it('a class whose @Type throws, each time anew', async () => {
      class Payment {
        @Type((): typeof Tag => {
          throw new Error('not yet')
        })
        method!: unknown
      }
      for (let round = 0; round < 2; round++) {
        const problem = await problemOf({ apps: [{ controllers: [returning(Payment)] }] })
        expect(problem.message).to.equal('not yet')
      }
    })

    it('what is wrong with a class once, though it is an input as well', async () => {
      class Both {
        @Header() @Query() value!: string
      }
      @Route()
      class Things {
        @Get() @Returns(Both) show(_: Both) {}
        @Post() @Returns([Both]) add(_: Both) {}
      }
      expect(await mistakesOf(Things)).to.deep.equal([
        'E_DECORATOR_MISUSE Both.value has two sources, query and header',
      ])
    })

    it('a field whose class depends on the value', async () => {
      class Payment {
        @Type((options) => (options?.object ? Tag : Tag)) method!: unknown
      }
      expect(await mistakesOf(returning(Payment))).to.deep.equal([
        'E_FIELD_UNION Payment.method may be one of several classes, and the function of @Type chooses by the value',
      ])
    })
  })
})
