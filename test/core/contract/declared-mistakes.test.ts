import {
  bind,
  Body,
  Cookie,
  createServer,
  Field,
  Get,
  Header,
  Path,
  Post,
  Query,
  Route,
  type Class,
} from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Min,
  MinDate,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator'
import { expect } from 'chai'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'
import { problemsOf as mistakesOf } from '../binding/internals.js'

class Card {
  @IsString() number!: string
}
class Transfer {
  @Field() iban!: string
}
const subTypes = [
  { name: 'card', value: Card },
  { name: 'transfer', value: Transfer },
]

describe('a field that holds one of several classes', () => {
  class Pay {
    @Body() @ValidateNested() @Type(() => Object, { discriminator: { property: 'kind', subTypes } }) method!:
      Card | Transfer
  }
  class Unruled {
    @Type(() => Object, { discriminator: { property: 'kind', subTypes: [subTypes[1]!] } }) method!: Card | Transfer
  }
  class MayPay {
    @IsOptional()
    @ValidateNested()
    @Type(() => Object, { discriminator: { property: 'kind', subTypes } })
    method?: Card | Transfer
    @Body({ nullable: true }) @ValidateNested() @Type(() => Card) card!: Card | null
    @ValidateNested() @Type(() => Card) other: Card | null = null
  }
  class Single {
    @ValidateNested() @Type(() => Card) card!: Card | Transfer
  }
  const codesOf = (type: Class<object>, value: unknown): unknown => {
    try {
      return bind(type, value)
    } catch (error) {
      return (error as { fields: readonly { field: string; code: string }[] }).fields.map(
        ({ field, code }) => `${field} ${code}`,
      )
    }
  }
  it('needs one of them', () => {
    for (const type of [Pay, Unruled]) {
      expect(codesOf(type, {})).to.deep.equal(['method required'])
      expect(codesOf(type, { method: null })).to.deep.equal(['method type'])
    }
    expect(codesOf(Single, {})).to.deep.equal(['card required'])
    expect(codesOf(Single, { card: null })).to.deep.equal(['card type'])
  })
  it('may be absent or null where it is optional', () => {
    expect(codesOf(MayPay, { card: null })).to.deep.include({ card: null, other: null })
    expect(codesOf(MayPay, { method: null, card: null })).to.deep.include({ method: null })
  })
})

describe('the printed presence of a field', () => {
  class Own {
    @Query() @ValidateBy({ name: 'mine', validator: { validate: Boolean } }) mine!: string
    @Query() @IsString({ validateIf: () => true }) sometimes!: string
    @Query() @IsOptional() @ValidateBy({ name: 'mine', validator: { validate: Boolean } }) optional?: string
    @Query() free!: string
  }
  @Route('/own')
  class Controller {
    @Get() show(_input: Own) {}
  }
  it('is for its rules to decide where they are not asked at boot', async () => {
    const text = await createServer({ apps: [{ controllers: [Controller] }] }).describeRoutes({ plan: true })
    expect(text.match(/query\.\w+: .*/g)).to.deep.equal([
      'query.mine: string, decided by its rules',
      'query.sometimes: string, decided by its rules',
      'query.optional: string, optional',
      'query.free: string, optional',
    ])
  })
})

describe('mistakes of declarations', () => {
  class Inner {
    @Path() id!: string
    @Query() page!: string
    @Header('x-a') a!: string
    @Cookie() c!: string
    @Body() fine!: string
  }
  class Tree {
    @Header('x-b') name!: string
    @Type(() => Tree) children!: Tree[]
  }
  const nested = (field: string, source: string) =>
    `E_FIELD_SOURCE_NESTED ${field} comes from the ${source}, and its class is nested in another field`
  it('are sources in nested classes', () => {
    class Outer {
      @Type(() => Inner) inner!: Inner
    }
    const expected = [
      nested('Inner.id', 'path'),
      nested('Inner.page', 'query'),
      nested('Inner.a', 'header'),
      nested('Inner.c', 'cookie'),
    ]
    expect(mistakesOf(Outer)).to.deep.equal(expected)
    expect(mistakesOf(Tree)).to.deep.equal([nested('Tree.name', 'header')])
  })

  it('are classes for plain data with other sources, without fields, and what is no class', () => {
    class Nothing {}
    const codeOf = (type: unknown): unknown => {
      try {
        return bind(type as Class<object>, {})
      } catch (error) {
        return (error as Error).message.split('\n')[0]
      }
    }
    expect(codeOf(Tree)).to.equal('E_BIND_SOURCE: Tree.name comes from the header, and plain data has none')
    expect(codeOf(Nothing)).to.equal(
      'E_INPUT_EMPTY: The first argument of bind() is of the class Nothing, which declares no field',
    )
    for (const [type, name] of [
      [undefined, 'undefined'],
      [{}, '[object Object]'],
      [String, 'String'],
      [() => Nothing, 'a function'],
    ] as const) {
      expect(codeOf(type)).to.equal(
        `E_INPUT_NOT_CLASS: The first argument of bind() has the type ${name}, which is not a class with fields`,
      )
    }
  })

  it('are types that no function returns', async () => {
    class List {
      @Query({ type: Number as never }) page!: number // at: type
      @Field({ type: String as never }) text!: string
      @Body({ type: 'Card' as never }) body!: string
      @Type(Card as never) card!: Card
      @Type(undefined) none!: Card[]
    }
    @Route('/list')
    class Lists {
      @Post() list(_list: List) {}
    }
    const problems = await problemsOf({ apps: [{ controllers: [Lists] }] })
    expect(problems.map(({ code, problem }) => `${code} ${problem}`)).to.deep.equal(
      [
        'page is given as Number',
        'text is given as String',
        'body is given as Card',
        'card is given as Card',
        'none is given as undefined',
      ].map((what) => `E_FIELD_TYPE_FUNCTION The type of List.${what}, and a function that returns it is asked for`),
    )
    expect(problems[0]!.fix).to.match(/^Write \(\) => Number:/)
    expect(problems[0]!.where).to.deep.equal([placeOf(import.meta.url, 'type')])
  })

  it('are types that contradict the declared one', () => {
    class Gold extends Card {}
    class Input {
      @Type(() => String) b!: number
      @Type(() => Transfer) card!: Card
      @Body({ type: () => Card }) text!: string
      @Type(() => Gold) gold!: Card
      @Type(() => Card) same!: Card
      @Type(() => Object) any!: number
      @Type(() => Card) list!: Card[]
    }
    const contradiction = (property: string, declared: string, named: string) =>
      `E_FIELD_TYPE_CONTRADICTION Input.${property} is declared as ${declared}, and @Type or { type } names ${named}`
    expect(mistakesOf(Input)).to.have.members([
      contradiction('b', 'Number', 'String'),
      contradiction('card', 'Card', 'Transfer'),
      contradiction('text', 'String', 'Card'),
    ])
  })

  it('are rules that the declared type never passes', () => {
    class Input {
      @Body() @Length(1, 5) b!: number
      @Body() @Min(1) f!: string
      @Body() @MinDate(new Date()) d!: string
      @Body() @ArrayNotEmpty() list!: string
      @Body() @Min(1) fine!: number
    }
    expect(mistakesOf(Input).map((text) => text.slice(0, 27))).to.deep.equal([
      'E_RULE_TYPE Input.b is boun',
      'E_RULE_TYPE Input.f is boun',
      'E_RULE_TYPE Input.d is boun',
      'E_RULE_TYPE Input.list is b',
    ])
  })

  it('are rules about lists on what becomes a set, a map or an object', () => {
    class Input {
      @Body({ type: () => String }) @ArrayMaxSize(20) set!: Set<string>
      @Body({ type: () => Number }) @IsArray() map!: Map<string, number>
      @Body() @ValidateNested() @ArrayNotEmpty() card!: Card
      @Body({ type: () => String }) @ArrayUnique() @ArrayMaxSize(20) fine!: string[]
    }
    expect(mistakesOf(Input)).to.deep.equal([
      'E_RULE_TYPE Input.set is bound as a set of string, which never passes its rule arrayMaxSize',
      'E_RULE_TYPE Input.map is bound as a map of number, which never passes its rule isArray',
      'E_RULE_TYPE Input.card is bound as an object, which never passes its rule arrayNotEmpty',
    ])
  })

  it('are defaults that do not pass their rules', () => {
    class Input {
      @Query() @Min(10) page = 1
      @Query() @IsIn(['a'], { each: true }) tags = ['a', 'b']
      @Query() @IsInt() @Min(0) fine = 1
      @Query() @ValidateIf(() => false) @Min(10) sometimes = 1
    }
    expect(mistakesOf(Input)).to.deep.equal([
      'E_RULE_DEFAULT The default of Input.page is 1, which does not pass its rule min',
      "E_RULE_DEFAULT The default of Input.tags is [ 'a', 'b' ], which does not pass its rule isIn",
    ])
  })

  it('are discriminators that do not tell classes apart', () => {
    class Named {
      @IsIn(['other']) kind!: string
    }
    class Numbered {
      @IsInt() kind!: number
    }
    class Right {
      @IsIn(['right']) kind!: string
    }
    const variants = [
      { name: 'named', value: Named },
      { name: 'numbered', value: Numbered },
      { name: 'right', value: Right },
    ]
    class Input {
      @Type(() => Object, { discriminator: { property: 'kind', subTypes: [...subTypes, subTypes[0]!] } }) twice!: Card
      @Type(() => Object, { discriminator: { property: '', subTypes } }) empty!: Card
      @Type(() => Object, { discriminator: { property: 'kind', subTypes: variants } }) ruled!: Named | Numbered
    }
    const union = (property: string, reason: string) =>
      `E_FIELD_UNION Input.${property} may be one of several classes, and ${reason}`
    expect(mistakesOf(Input)).to.have.members([
      union('twice', 'two of them have the name "card"'),
      union('empty', 'the property of its discriminator has no name'),
      union('ruled', 'Named.kind, its discriminator, has the rule isIn, which refuses the name "named"'),
      union('ruled', 'Numbered.kind, its discriminator, is a number and cannot be the name "numbered"'),
    ])
  })

  it('are options of a wrong kind', async () => {
    class Input {
      @Body({ description: 5 as never, examples: 'x' as never }) @IsString() text!: string
      @Field({ nullable: 'yes' as never }) other!: string
    }
    @Route('/')
    class Controller {
      @Post({ summary: 1 as never, tags: 'orders' as never }) place(_input: Input) {}
    }
    const problems = await problemsOf({ apps: [{ controllers: [Controller] }] })
    expect(problems.map(({ problem, fix }) => `${problem} ${fix}`)).to.have.members([
      '@Post on Controller.place: the option summary is 1 Give text for summary.',
      '@Post on Controller.place: the option tags is "orders" Give a list of text for tags.',
      '@Body on Input.text: the option description is 5 Give text for description.',
      '@Body on Input.text: the option examples is "x" Give a list for examples.',
      '@Field on Input.other: the option nullable is "yes" Give true or false for nullable.',
    ])
  })

  it('are formatters that are none', async () => {
    @Route('/')
    class Controller {
      @Get() show() {}
    }
    class Shape {
      name = 'shape'
    }
    for (const [formatter, reason] of [
      [Shape, 'it is Shape, not an object with functions'],
      [new Shape(), 'it has no function success and no function error'],
      [{ name: 'x', success: () => ({ body: 1 }) }, 'it has no function error'],
      [null, 'it is null'],
    ] as const) {
      const problem = await problemOf({ apps: [{ controllers: [Controller], formatter: formatter as never }] })
      expect(problem.code).to.equal('E_FORMATTER_INVALID')
      expect(problem.problem).to.match(new RegExp(`cannot be used: ${reason}$`))
    }
  })
})
