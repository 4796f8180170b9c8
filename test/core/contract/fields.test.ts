import { Body, Field, Get, Header, Post, Query, Returns, Route, type Class, type FieldPlan } from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  IsBase64,
  IsDate,
  IsDateString,
  IsDefined,
  IsEmail,
  IsFQDN,
  IsInt,
  IsIP,
  IsISO8601,
  IsMilitaryTime,
  IsNotEmpty,
  IsOptional,
  IsRFC3339,
  IsString,
  IsUrl,
  IsUUID,
  Length,
  Validate,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator'
import { expect } from 'chai'

import { operationOf } from './contracts.js'

async function fieldsOf(dto: Class): Promise<readonly FieldPlan[]> {
  class Things {
    set(_: unknown) {}
  }
  Reflect.defineMetadata('design:paramtypes', [dto], Things.prototype, 'set')
  Post()(Things.prototype, 'set', Object.getOwnPropertyDescriptor(Things.prototype, 'set')!)
  Route()(Things)
  return (await operationOf(Things)).input!.fields
}

describe('a field of the contract', () => {
  it('is required where its absence is always a mistake', async () => {
    @ValidatorConstraint()
    class Own {
      validate(value: unknown) {
        return (value as string).length > 0
      }
    }
    class Ruled {
      @IsString() name!: string
    }
    class Free {
      @Field() name?: string
    }
    class Tree {
      @IsOptional() @IsString() name?: string
      @Type(() => Tree) child!: Tree
      @Type(() => Leaf) leaf!: object
    }
    class Leaf {
      @Type(() => Tree) tree!: Tree
    }
    const subTypes = [{ name: 'ruled', value: Ruled }]
    class Input {
      @IsString() text!: string
      @IsDefined() @Body() defined!: unknown
      @IsNotEmpty() @Body() filled!: string
      @Body() @IsString() @Field({ nullable: true }) nullable!: string
      @ValidateNested() @Type(() => Free) nested!: Free
      @Body() ruled!: Ruled
      @Type(() => Ruled, { discriminator: { property: 'kind', subTypes } }) union!: Ruled
      @Body() tree!: Tree
      @Body() @IsInt({ each: true }) list!: number[]

      @Body() bare!: string
      @IsString() defaulted = 'x'
      @IsString() @IsOptional() optional!: string
      @IsString() @ValidateIf(() => true) conditional!: string
      @IsString({ validateIf: () => true }) sometimes!: string
      @Body() free!: Free
      @Body({ nullable: true }) nullableNested!: Ruled | null
      @Body() @Validate(Own) own!: string
      @Body() @ValidateBy({ name: 'mine', validator: { validate: () => false } }) mine!: string
      @Body()
      @ValidateBy({ name: 'later', async: true, validator: { validate: () => Promise.resolve(false) } })
      later!: string
    }
    const fields = await fieldsOf(Input)
    const required = fields.filter(({ isRequired }) => isRequired).map(({ property }) => property)
    expect(required).to.deep.equal([
      'text',
      'defined',
      'filled',
      'nullable',
      'nested',
      'ruled',
      'union',
      'tree',
      'list',
    ])
  })

  it('carries the format that its rules ask for', async () => {
    class Input {
      @IsEmail() email!: string
      @IsUUID() uuid!: string
      @IsUrl() uri!: string
      @IsFQDN() hostname!: string
      @IsIP(4) ipv4!: string
      @IsIP('6') ipv6!: string
      @IsIP() ip!: string
      @IsDateString() dateString!: string
      @IsISO8601() iso!: string
      @IsRFC3339() rfc!: string
      @IsDate() date!: Date
      @IsMilitaryTime() time!: string
      @IsBase64() bytes!: string
      @IsEmail({}, { each: true }) list!: string[]
      @Length(1) none!: string
      @ValidateBy({ name: 'isEmail2', validator: { validate: () => true } }) own!: string
    }
    const fields = await fieldsOf(Input)
    expect(Object.fromEntries(fields.map(({ property, notes }) => [property, notes.format]))).to.deep.equal({
      email: 'email',
      uuid: 'uuid',
      uri: 'uri',
      hostname: 'hostname',
      ipv4: 'ipv4',
      ipv6: 'ipv6',
      ip: undefined,
      dateString: 'date-time',
      iso: 'date-time',
      rfc: 'date-time',
      date: 'date-time',
      time: 'time',
      bytes: 'byte',
      list: 'email',
      none: undefined,
      own: undefined,
    })
  })

  it('carries description, examples and deprecation, of any of its decorators', async () => {
    class Input {
      @Query('q', { description: 'What to look for', example: 'milk' }) search!: string
      @Header({ description: 'own', deprecated: true })
      @Field({ description: 'hidden', examples: ['a', 'b'], example: undefined })
      tenant!: string
      @Field({ type: () => String, description: 'Words' }) tags!: string[]
    }
    const notes = (await fieldsOf(Input)).map((field) => field.notes)
    expect(notes).to.deep.equal([
      { description: 'What to look for', examples: ['milk'], format: undefined, isDeprecated: false },
      { description: 'own', examples: [undefined, 'a', 'b'], format: undefined, isDeprecated: true },
      { description: 'Words', examples: [], format: undefined, isDeprecated: false },
    ])
  })

  it('is declared by @Field alone, with the implicit source; a getter is no field of an input', async () => {
    class Input {
      @Field() name!: string
      other!: string
      @Field() get shout(): string {
        return this.name.toUpperCase()
      }
      @Field() get word(): string {
        return this.name
      }
      set word(value: string) {
        this.name = value
      }
    }
    const fields = await fieldsOf(Input)
    expect(fields.map(({ property, type }) => `${property} ${type.kind}`)).to.deep.equal(['name string', 'word string'])
  })

  it('inherits what @Field says, and a subclass says it anew', async () => {
    class Base {
      @Query('id') @Field({ description: 'base' }) id!: string
      @Query() @Field({ description: 'kept' }) name!: string
    }
    class Derived extends Base {
      @Field({ deprecated: true }) declare id: string
    }
    const [id, name] = await fieldsOf(Derived)
    expect(id!.notes).to.deep.include({ description: undefined, isDeprecated: true })
    expect(name!.notes.description).to.equal('kept')
  })

  it('has the same notes in an output', async () => {
    class Todo {
      @Field({ description: 'Number', example: 7 }) id!: number
      @IsEmail() owner!: string
    }
    @Route()
    class Todos {
      @Get() @Returns(Todo) show() {}
    }
    const { type } = (await operationOf(Todos)).output
    const fields = type?.kind === 'object' ? type.plan().fields : []
    expect(fields.map(({ notes }) => notes)).to.deep.equal([
      { description: 'Number', examples: [7], format: undefined, isDeprecated: false },
      { description: undefined, examples: [], format: 'email', isDeprecated: false },
    ])
  })
})

describe('the plan of a class', () => {
  async function shapeOfInput(dto: Class): Promise<readonly [boolean, boolean]> {
    class Things {
      set(_: unknown) {}
    }
    Reflect.defineMetadata('design:paramtypes', [dto], Things.prototype, 'set')
    Post()(Things.prototype, 'set', Object.getOwnPropertyDescriptor(Things.prototype, 'set')!)
    Route()(Things)
    const { hasAccessors, hasFixedShape } = (await operationOf(Things)).input!
    return [hasAccessors, hasFixedShape]
  }

  function declareField(type: Class, property: string): void {
    Reflect.defineMetadata('design:type', String, type.prototype as object, property)
    Field()(type.prototype as object, property as never)
  }

  it('says whether the constructor makes all properties', async () => {
    class Fixed {
      @IsInt() page!: number
      @Header() @IsString() tenant = ''
    }
    class Declared extends Fixed {
      @IsInt() declare size: number
    }
    class Method extends Fixed {
      @Body() declare toText: unknown
    }
    Object.assign(Method.prototype, { toText: () => '' })
    class Odd {
      constructor() {
        Object.defineProperty(this, 'constructor', { value: 1, writable: true, enumerable: true })
      }
    }
    declareField(Odd, 'constructor')
    expect(await shapeOfInput(Fixed)).to.deep.equal([false, true])
    expect(await shapeOfInput(Declared)).to.deep.equal([false, false])
    expect(await shapeOfInput(Method)).to.deep.equal([false, false])
    expect(await shapeOfInput(Odd)).to.deep.equal([false, false])
  })

  it('says whether getters or setters stand for fields, inherited ones included', async () => {
    class Words {
      @Body() text = ''
      @Field() get word(): string {
        return this.text
      }
      set word(value: string) {
        this.text = value
      }
    }
    class More extends Words {
      @Body() other = ''
    }
    expect(await shapeOfInput(Words)).to.deep.equal([true, false])
    expect(await shapeOfInput(More)).to.deep.equal([true, false])
  })

  it('takes nothing that every object inherits for a default', async () => {
    class Inherited {
      @Body() own = 'x'
    }
    for (const name of ['__proto__', 'valueOf']) declareField(Inherited, name)
    class Own {
      constructor() {
        Object.defineProperty(this, '__proto__', { value: 'mine', writable: true, enumerable: true })
      }
    }
    declareField(Own, '__proto__')
    const inherited = await fieldsOf(Inherited)
    expect(inherited.map(({ property, defaultValue }) => [property, defaultValue])).to.deep.equal([
      ['own', 'x'],
      ['__proto__', undefined],
      ['valueOf', undefined],
    ])
    const [own] = await fieldsOf(Own)
    expect(own!.defaultValue).to.equal('mine')
  })

  it('is read anew, with all that led to it, after a function of the user failed', async () => {
    let isReady = false
    class Outer {
      @ValidateNested() @Type(() => Inner) inner!: object
      @ValidateNested()
      @Type(() => {
        if (!isReady) throw new Error('not loaded yet')
        return Inner
      })
      late!: object
    }
    class Inner {
      @IsOptional() @ValidateNested() @Type(() => Outer) outer?: object
      @IsString() name!: string
    }
    const failure = await fieldsOf(Outer).catch((error: unknown) => error)
    expect(String(failure)).to.equal('Error: not loaded yet')
    isReady = true
    const [inner] = await fieldsOf(Outer)
    const plan = inner!.type.kind === 'object' ? inner!.type.plan() : undefined
    const [outer] = plan!.fields
    const again = outer!.type.kind === 'object' ? outer!.type.plan() : undefined
    expect(again!.fields.map(({ property }) => property)).to.deep.equal(['inner', 'late'])
  })
})
