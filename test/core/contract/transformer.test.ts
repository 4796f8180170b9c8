import { Body, Get, Path, Post, Query, Returns, Route, type Class, type ObjectPlan } from '@lokstra/core'
import { Exclude, Expose, instanceToPlain, plainToInstance, Transform, Type } from 'class-transformer'
import { Allow, IsInt, IsOptional, IsString } from 'class-validator'
import { expect } from 'chai'
import fc from 'fast-check'

import { placeOf, problemOf } from '../../helpers/boot-problems.js'
import { mistakesOf, operationOf } from './contracts.js'

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)

function receiving(dto: Class): Class {
  class Things {
    set(_: unknown) {}
  }
  Reflect.defineMetadata('design:paramtypes', [dto], Things.prototype, 'set')
  Post('/:id')(Things.prototype, 'set', Object.getOwnPropertyDescriptor(Things.prototype, 'set')!)
  Route()(Things)
  return Things
}

const mistakesOfInput = (dto: Class) => mistakesOf(receiving(dto))
const inputOf = async (dto: Class): Promise<ObjectPlan> => (await operationOf(receiving(dto))).input!

async function outputOf(type: Class): Promise<ObjectPlan> {
  @Route()
  class Things {
    @Get() @Returns(type) show() {}
  }
  const { output } = await operationOf(Things)
  if (output.type?.kind !== 'object') throw new Error('not a class')
  return output.type.plan()
}

/** The plain words of an output plan: each field in turn. */
function write(plan: ObjectPlan, object: object): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  for (const { property, name, transforms } of plan.fields) {
    const value = transforms.reduce<unknown>(
      (before, transform) => transform({ value: before, key: property, obj: object, type: 1, options: {} }),
      (object as Record<string, unknown>)[property],
    )
    if (value !== undefined) written[name] = value
  }
  return written
}

describe('the decorators of class-transformer', () => {
  it('name, leave out and transform fields of an input', async () => {
    class Input {
      @Path() id!: number
      @Expose({ name: 'given_name' }) @IsString() given!: string
      @Query('q') @Expose({ name: 'other' }) search!: string
      @Body('*') @Expose({ name: 'other' }) all!: Record<string, unknown>
      @Expose() @Allow() shown!: string
      @Exclude() @IsString() secret!: string
      @Exclude({ toClassOnly: true }) @IsString() derived!: string
      @Exclude({ toPlainOnly: true }) @IsString() password!: string
      @Expose({ groups: ['admin'] }) @IsString() role!: string
      @Expose() onlyExposed!: string
      @Transform(({ value }) => `${String(value)}!`, { toClassOnly: true })
      @Transform(({ value }) => `${String(value)}?`)
      @Transform(() => 'group', { groups: ['admin'] })
      @Transform(() => 'out', { toPlainOnly: true })
      @IsString()
      text!: string
    }
    const { fields } = await inputOf(Input)
    expect(fields.map(({ property, name }) => `${property}: ${name}`)).to.deep.equal([
      'id: id',
      'given: given_name',
      'search: q',
      'all: *',
      'shown: shown',
      'password: password',
      'text: text',
    ])
    const { transforms } = fields.at(-1)!
    const apply = (value: unknown) =>
      transforms.reduce((before, run) => run({ value: before, key: 'text', obj: {}, type: 0, options: {} }), value)
    expect(apply('a')).to.equal('a!?')
  })

  it('leave out of the input of an @Exclude()d class what is not exposed', async () => {
    @Exclude()
    class Input {
      @Expose() @IsInt() count!: number
      @Expose({ toPlainOnly: true }) @IsInt() shown!: number
      @IsOptional() hidden?: string
    }
    const { fields } = await inputOf(Input)
    expect(fields.map(({ property }) => property)).to.deep.equal(['count'])
  })

  it('contradict a binding decorator when they leave its field out', async () => {
    class Input {
      @Query()
      @Exclude() // at: contradiction
      id!: number
      @IsString() name!: string
    }
    @Route()
    class Things {
      @Get() show(_: Input) {}
    }
    const problem = await problemOf({ apps: [{ controllers: [Things] }] })
    expect(problem.code).to.equal('E_FIELD_EXCLUDED')
    expect(problem.problem).to.equal('Input.id comes from the query, and @Exclude leaves it out of input')
    expect(problem.fix).to.equal(
      'Keep one of the two. @Exclude({ toPlainOnly: true }) leaves a property out of responses alone; in a class with @Exclude() a field needs @Expose().',
    )
    expect(problem.where[0]).to.equal(
      placeOf(import.meta.url, 'contradiction').replace(/\d+$/, (line) => String(Number(line) - 1)),
    )
    @Exclude()
    class Closed {
      @Query() id!: number
    }
    @Route()
    class Other {
      @Get() show(_: Closed) {}
    }
    expect(await mistakesOf(Other)).to.include(
      'E_FIELD_EXCLUDED Closed.id comes from the query, and @Exclude leaves it out of input',
    )
  })

  it('are inherited as class-transformer inherits them', async () => {
    class Base {
      @Exclude() secret = 1
      @Expose({ name: 'ID' }) id = 2
      @Transform(({ value }) => Number(value) + 1) count = 3
    }
    class Derived extends Base {
      @Expose() override secret = 4
      @Transform(({ value }) => Number(value) * 2) override count = 5
      extra = 6
    }
    expect(write(await outputOf(Derived), new Derived())).to.deep.equal(instanceToPlain(new Derived()))
  })

  /** One decorator of a property, as data. */
  const direction = fc.constantFrom<{ toClassOnly?: true; toPlainOnly?: true }>(
    {},
    { toClassOnly: true },
    { toPlainOnly: true },
    { toClassOnly: true, toPlainOnly: true },
  )
  const groups = fc.constantFrom<{ groups?: string[] }>({}, {}, { groups: ['admin'] })
  const decorators = fc.array(
    fc.oneof(
      fc.tuple(direction, groups, fc.boolean()).map(([a, b, isNamed]) => ({
        text: `Expose(${JSON.stringify({ ...a, ...b })}${isNamed ? ' with a name' : ''})`,
        decorate: (property: string) => Expose({ ...a, ...b, ...(isNamed ? { name: `${property}_name` } : {}) }),
      })),
      direction.map((options) => ({ text: `Exclude(${JSON.stringify(options)})`, decorate: () => Exclude(options) })),
      fc.tuple(direction, groups, fc.nat(9)).map(([a, b, number]) => ({
        text: `Transform(+${number}, ${JSON.stringify({ ...a, ...b })})`,
        decorate: () => Transform(({ value }) => `${String(value)}+${number}`, { ...a, ...b }),
      })),
    ),
    { maxLength: 3 },
  )
  const layer = fc.record({
    onClass: fc.constantFrom('none', 'none', 'Exclude', 'Expose', 'both'),
    members: fc.record({ a: decorators, b: decorators, c: decorators, total: decorators }),
  })

  function declare(type: Class, { onClass, members }: typeof layer extends fc.Arbitrary<infer L> ? L : never): void {
    if (onClass === 'Exclude' || onClass === 'both') (Exclude() as ClassDecorator)(type)
    if (onClass === 'Expose' || onClass === 'both') (Expose() as ClassDecorator)(type)
    for (const [property, list] of Object.entries(members)) {
      for (const { decorate } of list) decorate(property)(type.prototype as object, property)
    }
  }

  it(`write what instanceToPlain writes (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(layer, layer, async (base, derived) => {
        class Base {
          a = 'a'
          b = 'b'
          get total() {
            return 'total'
          }
        }
        class Derived extends Base {
          override b = 'B'
          c = 'c'
        }
        declare(Base, base)
        declare(Derived, derived)
        @Route()
        class Things {
          @Get() @Returns(Derived) show() {}
        }
        const mistakes = await mistakesOf(Things)
        if (mistakes.length > 0) {
          // A class that shows nothing is refused; class-transformer writes `{}`.
          expect(mistakes[0]).to.match(/^E_OUTPUT_EMPTY /)
          expect(instanceToPlain(new Derived())).to.deep.equal({})
          return
        }
        expect(write(await outputOf(Derived), new Derived())).to.deep.equal(instanceToPlain(new Derived()))
      }),
      { numRuns: 200, seed },
    )
  })

  it(`fill what plainToInstance fills (seed ${seed})`, async () => {
    const properties = ['a', 'b', 'c'] as const
    await fc.assert(
      fc.asyncProperty(layer, layer, async (base, derived) => {
        class Base {
          @Allow() a: unknown
          @Allow() b: unknown
        }
        class Derived extends Base {
          @Allow() c: unknown
        }
        declare(Base, base)
        declare(Derived, derived)
        class Nested {
          @Type(() => Derived) inner!: Derived
          @Allow() id!: unknown
        }
        const mistakes = await mistakesOfInput(Nested)
        // Where everything is left out, the class is refused.
        if (mistakes.length > 0) expect(mistakes[0]).to.match(/^E_INPUT_EMPTY /)
        const type = mistakes.length > 0 ? undefined : (await inputOf(Nested)).fields[0]!.type
        const fields = type?.kind === 'object' ? type.plan().fields : []
        for (const { property, name, transforms } of fields) {
          const value = transforms.reduce<unknown>(
            (before, run) => run({ value: before, key: property, obj: {}, type: 0, options: {} }),
            'x',
          )
          expect(plainToInstance(Derived, { [name]: 'x' })).to.include({ [property]: value })
        }
        for (const property of properties) {
          // Under another name class-transformer forgets that a property is excluded; here it is not filled all the same.
          if (fields.some((field) => field.property === property || field.name === property)) continue
          expect(String(plainToInstance(Derived, { [property]: 'x' })[property])).not.to.match(/^x/)
        }
      }),
      { numRuns: 200, seed },
    )
  })
})
