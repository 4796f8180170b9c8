import { bind, Field, HttpError, type Class, type FieldError } from '@lokstra/core'
import { expect } from 'chai'
import {
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator'

import { bindWith, InvalidInput } from './internals.js'

class Line {
  @IsString() @Length(2, 4) sku!: string
  @IsInt() @Min(1) quantity!: number
}
class Buyer {
  @IsEmail() @MinLength(12) email!: string
}
class Sale {
  @ValidateNested() @Field({ type: () => Buyer }) buyer!: Buyer
  @ValidateNested({ each: true }) @Field({ type: () => Line }) lines!: Line[]
  @IsIn(['a', 'b']) kind!: string
  @IsOptional() @IsInt({ message: 'not $value' }) age?: number
}
const sale = { buyer: { email: 'ada@example.com' }, lines: [{ sku: 'abc', quantity: 1 }], kind: 'a' }

/** What the compiled engine says, after it has agreed with the interpreter; the first call of a class is interpreted anyway. */
function told(type: Class<object>, value: unknown): readonly FieldError[] {
  const say = (engine: 'compiled' | 'interpreted') => {
    const bound = bindWith(engine, type, value)
    return bound instanceof InvalidInput ? bound.error.fields! : []
  }
  const expected = say('interpreted')
  for (let call = 0; call < 3; call++) expect(say('compiled')).to.deep.equal(expected)
  return expected
}
const codes = (errors: readonly FieldError[]) => errors.map(({ field, code }) => `${field} ${code}`)

describe('what emitted code says of wrong fields', () => {
  it('names fields at every depth, in the order of the class', () => {
    const value = {
      kind: 'c',
      lines: [{ sku: 'a', quantity: 0 }, sale.lines[0], { sku: 'abcde', quantity: 'x' }],
      buyer: {},
    }
    expect(told(Sale, value).map(({ field, message }) => `${field}: ${message}`)).to.deep.equal([
      'buyer.email: email is required',
      'lines[0].sku: sku must be longer than or equal to 2 characters',
      'lines[0].quantity: quantity must not be less than 1',
      'lines[2].sku: sku must be shorter than or equal to 4 characters',
      'lines[2].quantity: quantity must be an integer number',
      'kind: kind must be one of the following values: a, b',
    ])
  })

  it('tells every broken rule of a field', () => {
    expect(codes(told(Sale, { ...sale, buyer: { email: 'ada' } }))).to.deep.equal([
      'buyer.email minLength',
      'buyer.email isEmail',
    ])
  })

  it('leaves all to the interpreter where one message depends on the value', () => {
    const errors = told(Sale, { ...sale, kind: 'c', age: 1.5 })
    expect(errors.map(({ message }) => message)).to.deep.equal([
      'kind must be one of the following values: a, b',
      'not 1.5',
    ])
  })

  it('keeps the order of the class where a later field is found first', () => {
    expect(codes(told(Sale, { ...sale, buyer: null, lines: 'x' }))).to.deep.equal(['buyer type', 'lines type'])
  })

  it('follows a list of values that changes', () => {
    const kinds = ['a', 'b']
    class Choice {
      @Field() @IsIn(kinds) kind!: string
      @IsInt() n!: number
    }
    const message = () => told(Choice, { kind: 5, n: 1 })[0]!.message
    const before = message()
    kinds.push('c')
    expect([before, message()]).to.deep.equal([
      'kind must be one of the following values: a, b',
      'kind must be one of the following values: a, b, c',
    ])
  })

  it('asks a pattern that remembers where it matched as often as the interpreter does', () => {
    class Sticky {
      @Matches(/a/y) text!: string
      @IsInt() @Max(5) n!: number
    }
    expect(codes(told(Sticky, { text: 'b', n: 9 }))).to.deep.equal(['text matches', 'n max'])
  })

  it('cannot be changed by who receives it', () => {
    const errorOf = () => {
      try {
        return bind(Sale, { ...sale, kind: 'c' })
      } catch (error) {
        if (!HttpError.is(error)) throw error
        return error.fields![0]!
      }
    }
    errorOf()
    const error = errorOf() as { message: string }
    expect(() => (error.message = 'x')).to.throw(TypeError)
    expect(JSON.stringify(errorOf())).to.equal(
      '{"in":"body","field":"kind","code":"isIn","message":"kind must be one of the following values: a, b"}',
    )
  })

  it('stops after a hundred', () => {
    const lines = Array.from({ length: 10_000 }, () => ({ sku: 'a', quantity: 1 }))
    expect(told(Sale, { ...sale, lines }).map(({ field }) => field)).to.deep.equal(
      Array.from({ length: 100 }, (_, index) => `lines[${index}].sku`),
    )
  })

  it('keeps a bounded number of paths of a class that holds itself', () => {
    class Node {
      @ValidateNested() @IsOptional() @Field({ type: () => Node }) left?: Node
      @ValidateNested() @IsOptional() @Field({ type: () => Node }) right?: Node
      @IsInt() @Min(1) n!: number
    }
    const path = (bits: number, depth: number): object =>
      depth === 0 ? { n: 0 } : { n: 1, [bits & 1 ? 'left' : 'right']: path(bits >> 1, depth - 1) }
    for (let bits = 0; bits < 1_200; bits++) {
      const bound = bindWith('compiled', Node, path(bits, 11))
      expect((bound as InstanceType<typeof InvalidInput>).error.fields).to.have.length(1)
    }
    expect(told(Node, path(5, 3))[0]!.field).to.equal('left.right.left.n')
  })
})
