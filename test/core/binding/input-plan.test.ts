import { Body, Cookie, Duration, Header, Path, Query, Size } from '@lokstra/core'
import { Transform, Type } from 'class-transformer'
import {
  Allow,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDateString,
  IsEnum,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Min,
  Validate,
  ValidateNested,
} from 'class-validator'
import { expect } from 'chai'

import { problemsOf, readInputPlan, readObjectPlan, type Verb } from './internals.js'

enum Color {
  Red = 'red',
}
class Tag {
  @IsString() name!: string
}
class NotValidated {
  value = 1
}
class Unregistered {
  validate() {
    return false
  }
}

describe('the types of fields', () => {
  class Types {
    @Body() text!: string
    @Body() number!: number
    @Body() flag!: boolean
    @Body() big!: bigint
    @Body() date!: Date
    @Body() tag!: Tag
    @Body({ type: () => Tag }) tags!: Tag[]
    @Body() @Type(() => Tag) set!: Set<Tag>
    @Body({ type: () => Number }) map!: Map<string, number>
    @Body() @IsString({ each: true }) texts!: string[]
    @Body({ type: () => String }) strings!: string[]
    @Body() @Duration() timeout = 5
    @Body() @Size() limit = 5
    @Body() @IsInt() union!: number | null
    @Body() @Min(1) least: number | undefined
    @Body() @Length(1) word: string | null = null
    @Body() @IsIn(['a', 'b']) choice!: 'a' | 'b' | null
    @Body() @IsEnum(Color) color!: Color
    @Body() @IsArray() @IsInt({ each: true }) list!: number[] | undefined
    @Body() record!: Record<string, unknown>
    @Body() guessed = 1
    @Body() guessedTag = new Tag()
    @Body() guessedList = [true]
    @Body() @Type(() => String) @IsOptional() stated!: unknown
  }
  const expected: Record<string, string> = {
    text: 'string',
    number: 'number',
    flag: 'boolean',
    big: 'bigint',
    date: 'date',
    tag: 'object',
    tags: 'array of object',
    set: 'set of object',
    map: 'map of number',
    texts: 'array of string',
    strings: 'array of string',
    timeout: 'duration',
    limit: 'size',
    union: 'number, nullable',
    least: 'number, nullable',
    word: 'string, nullable',
    choice: 'enum, nullable',
    color: 'enum',
    list: 'array of number, nullable',
    record: 'any, nullable',
    guessed: 'number',
    guessedTag: 'object',
    guessedList: 'array of boolean',
    stated: 'string, nullable',
  }
  const plan = readInputPlan(Types, { verb: 'POST', path: '/test', pathParameters: [], where: 'x' }, [])
  for (const { property, type, nullable } of plan.fields) {
    it(`${property} is ${expected[property]!}`, () => {
      const element = 'element' in type ? ` of ${type.element.kind}` : ''
      expect(`${type.kind}${element}${nullable ? ', nullable' : ''}`).to.equal(expected[property])
    })
  }
  it('are all read, in the order of declaration', () => {
    expect(plan.fields.map(({ property }) => property)).to.deep.equal(Object.keys(expected))
  })
})

describe('the source of a field without a decorator', () => {
  class Plain {
    @IsOptional() @IsInt() page?: number
    @Allow() other?: string
    notAField = 1
  }
  const sources: readonly [Verb, string][] = [
    ['GET', 'query'],
    ['HEAD', 'query'],
    ['DELETE', 'query'],
    ['POST', 'body'],
    ['PUT', 'body'],
    ['PATCH', 'body'],
    ['OPTIONS', 'body'],
    ['ALL', 'body'],
  ]
  for (const [verb, source] of sources) {
    it(`is the ${source} for ${verb}`, () => {
      const plan = readInputPlan(Plain, { verb, path: '/test', pathParameters: [], where: 'x' }, [])
      expect(plan.fields.map((field) => [field.property, field.source])).to.deep.equal([
        ['page', source],
        ['other', source],
      ])
      expect(plan.readsBody).to.equal(source === 'body')
    })
  }
})

describe('a class that refers to itself', () => {
  class Tree {
    @IsString() name!: string
    @IsOptional() @ValidateNested({ each: true }) @Type(() => Tree) children?: Tree[]
  }
  it('is read once', () => {
    const plan = readObjectPlan(Tree, [])
    const children = plan.fields[1]!.type
    expect(children.kind === 'array' && children.element.kind === 'object' && children.element.plan()).to.equal(plan)
    expect(readObjectPlan(Tree, [])).to.equal(plan)
  })
})

describe('a nested class', () => {
  class Nested {
    @Path() id!: string
    @Body('given_name') @IsString() name!: string
  }
  it('has no fields from elsewhere than the body', () => {
    expect(readObjectPlan(Nested, []).fields.map(({ name }) => name)).to.deep.equal(['given_name'])
  })
})

describe('mistakes in a DTO', () => {
  class NoElement {
    @Body() @ValidateNested({ each: true }) items!: Tag[]
  }
  class AnyElements {
    @Body() @ArrayMinSize(1) list!: Tag[]
    @Body() set!: Set<Tag>
    @Body() map!: Map<string, Tag>
    @Body('*') @IsArray() all!: unknown
  }
  class HasTags {
    @Allow() tags!: string[]
  }
  class NestedAnyElements {
    @Body() nested!: HasTags
  }
  class FreeElements {
    @Body() @Type(() => Object) list!: unknown[]
    @Body({ type: () => Object }) map!: Map<string, unknown>
    @Body('*') all!: Map<string, unknown>
  }
  class TextElements {
    @Query() @IsArray() tags!: string[]
    @Header() accept!: string[]
    @IsOptional() implied?: string[]
  }
  class UnknownNested {
    @Body() @ValidateNested() item!: Tag | null
  }
  class DynamicUnion {
    @Body() @ValidateNested() @Type((options) => (options?.object ? Tag : Tag)) item!: object
  }
  class BuiltIns {
    @Body() url!: URL
    @Body() @IsString() data!: Buffer
    @Query() pattern?: RegExp
    @Allow() then!: () => void
  }
  class MadeOrFree {
    @Body() @Transform(({ value }) => new URL(value as string)) url!: URL
    @Body() @Type(() => Object) data!: Buffer
    @Body() anything!: object
  }
  class NoVariants {
    @Body() @Type(() => Tag, { discriminator: { property: 'kind', subTypes: [] } }) item!: Tag
  }
  class ObjectInPath {
    @Path() id!: Record<string, string>
    @Path() tag!: Tag
    @Path({ type: () => Tag }) tags!: Tag[]
    @Header() header!: Tag
    @Cookie() cookie!: Map<string, string>
  }
  class WrongPath {
    @Path() idd!: string
  }
  class BodyOnGet {
    @Body() title!: string
  }
  class NeedsArguments {
    @Query() a?: string
    readonly #b: string
    constructor(b: string) {
      this.#b = b
    }
    get b() {
      return this.#b
    }
  }
  class Throws {
    @Query() a?: string
    constructor() {
      throw new Error('no')
    }
  }
  class UnregisteredRule {
    @Query() @Validate(Unregistered) a?: string
  }
  class BadArguments {
    @Query() @IsIn(undefined as never) a?: string
    @Query() @Min(undefined as never) b?: number
  }
  class Contradiction {
    @Query() @IsDateString() since?: Date
    @Query() @IsInt() name?: string
    @Query() @IsBoolean({ each: true }) @IsArray() flags?: boolean[]
    @Query() @IsNumber() @Duration() wait?: number
  }
  class EmptyNested {
    @Body() nested!: NotValidated
  }
  class TwoSources {
    @Query() @Body() both!: string
  }
  class WithoutMetadata {
    declare a: string
    declare b: string
  }
  for (const property of ['a', 'b'] as const) Query()(WithoutMetadata.prototype, property)

  const cases: readonly [
    title: string,
    dto: unknown,
    expected: readonly string[],
    verb?: Verb,
    path?: readonly string[],
  ][] = [
    [
      'a list of an unknown class',
      NoElement,
      ['E_FIELD_ELEMENT_TYPE NoElement.items is a list or map, and the type of its elements is not known'],
    ],
    [
      'a list, set or map of the body whose elements could be anything',
      AnyElements,
      ['list', 'set', 'map', 'all'].map(
        (property) =>
          `E_FIELD_ELEMENT_TYPE AnyElements.${property} is a list or map, and the type of its elements is not known`,
      ),
    ],
    [
      'such a list in a nested class',
      NestedAnyElements,
      ['E_FIELD_ELEMENT_TYPE HasTags.tags is a list or map, and the type of its elements is not known'],
    ],
    ['no list whose elements are declared to be anything', FreeElements, []],
    ['no list of a query, which holds strings', TextElements, [], 'GET'],
    [
      'an object of an unknown class',
      UnknownNested,
      ['E_FIELD_NESTED_TYPE UnknownNested.item has @ValidateNested, and its type is Object, which names no class'],
    ],
    [
      'a class that depends on the value',
      DynamicUnion,
      ['E_FIELD_UNION DynamicUnion.item may be one of several classes, and the function of @Type chooses by the value'],
    ],
    [
      'types of the language that no input has',
      BuiltIns,
      [
        'url has the type URL',
        'data has the type Buffer',
        'pattern has the type RegExp',
        'then has the type Function',
      ].map((what) => `E_INPUT_NOT_CLASS BuiltIns.${what}, which is not a class with fields`),
    ],
    ['none of these that a transform makes, or that may be anything', MadeOrFree, []],
    [
      'a discriminator without classes',
      NoVariants,
      ['E_FIELD_UNION NoVariants.item may be one of several classes, and its discriminator lists none'],
    ],
    [
      'an object where text is',
      ObjectInPath,
      [
        'E_FIELD_NOT_TEXT ObjectInPath.id comes from the path and is of a type that the compiler emits as Object, which cannot be written there',
        'E_FIELD_NOT_TEXT ObjectInPath.tag comes from the path and is an object, which cannot be written there',
        'E_FIELD_NOT_TEXT ObjectInPath.tags comes from the path and is an array, which cannot be written there',
        'E_FIELD_NOT_TEXT ObjectInPath.header comes from the header and is an object, which cannot be written there',
        'E_FIELD_NOT_TEXT ObjectInPath.cookie comes from the cookie and is an object, which cannot be written there',
      ],
      'GET',
      ['id', 'tag', 'tags'],
    ],
    [
      'a parameter that the path lacks',
      WrongPath,
      ['E_PATH_PARAMETER_UNKNOWN WrongPath.idd takes the path parameter "idd", and the path has only id'],
      'GET',
      ['id'],
    ],
    [
      'a body on GET',
      BodyOnGet,
      ['E_BODY_ON_VERB BodyOnGet.title comes from the body, and GET requests have none'],
      'GET',
    ],
    [
      'a constructor with parameters',
      NeedsArguments,
      ['E_INPUT_CONSTRUCTOR new NeedsArguments() does not work: its constructor takes 1 parameter'],
    ],
    ['a constructor that throws', Throws, ['E_INPUT_CONSTRUCTOR new Throws() does not work: it throws Error: no']],
    [
      'a validator that would never run',
      UnregisteredRule,
      [
        'E_RULE_UNREGISTERED UnregisteredRule.a is validated by Unregistered, which carries no @ValidatorConstraint and would never run',
      ],
    ],
    [
      'rules that nothing passes',
      BadArguments,
      [
        'E_RULE_CONSTRAINT The rule isIn of BadArguments.a needs a list of values, and was given undefined',
        'E_RULE_CONSTRAINT The rule min of BadArguments.b needs a number, and was given undefined',
      ],
    ],
    [
      'rules of another type',
      Contradiction,
      [
        'E_RULE_TYPE Contradiction.since is bound as an ISO 8601 date, which never passes its rule isDateString',
        'E_RULE_TYPE Contradiction.name is bound as a string, which never passes its rule isInt',
      ],
    ],
    [
      'a nested class without fields',
      EmptyNested,
      ['E_INPUT_EMPTY EmptyNested.nested is of the class NotValidated, which declares no field'],
    ],
    [
      'no fields at all',
      NotValidated,
      ['E_INPUT_EMPTY The input of POST /test is of the class NotValidated, which declares no field'],
    ],
    ['a field with two sources', TwoSources, ['E_DECORATOR_MISUSE TwoSources.both has two sources, body and query']],
    [
      'fields without metadata',
      WithoutMetadata,
      ['E_METADATA_MISSING WithoutMetadata (a, b) carries no type metadata'],
    ],
    [
      'an interface',
      Object,
      ['E_INPUT_NOT_CLASS The input of POST /test has the type Object, which is not a class with fields'],
    ],
    [
      'nothing',
      undefined,
      ['E_INPUT_NOT_CLASS The input of POST /test has the type undefined, which is not a class with fields'],
    ],
  ]
  for (const [title, dto, expected, verb, path] of cases) {
    it(`are reported at boot: ${title}`, () => expect(problemsOf(dto, verb, path)).to.deep.equal(expected))
  }

  it('are reported again for the next operation, and name the line', () => {
    const problems: { where: readonly string[] }[] = []
    for (let round = 0; round < 2; round++) {
      const own: never[] = []
      readInputPlan(NoElement, { verb: 'POST', path: '/test', pathParameters: [], where: 'x.ts:1' }, own)
      problems.push(...(own as unknown as { where: readonly string[] }[]))
    }
    expect(problems).to.have.length(2)
    expect(problems[0]!.where[0]).to.match(/input-plan\.test\.(ts|js):\d+$/)
  })

  it('deep inside nested classes are found from the outside', () => {
    class Outer {
      @Body() @Type(() => NoElement) inner!: NoElement
    }
    expect(problemsOf(Outer)).to.have.length(1)
  })
})
