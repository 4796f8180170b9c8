import { Duration, Size, type LokstraError } from '@lokstra/core'
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max } from 'class-validator'
import { Type } from 'class-transformer'
import { expect } from 'chai'
import fc from 'fast-check'

import { bindConfig } from './internals.js'

class Lists {
  @IsOptional() @IsString({ each: true }) names?: string[]
  @IsOptional() @IsInt({ each: true }) @Max(9, { each: true }) ports?: number[]
  @IsOptional() @IsArray() @IsBoolean({ each: true }) flags?: boolean[]
  @IsOptional() @IsIn(['GET', 'PUT'], { each: true }) methods?: string[]
  @IsOptional() @Type(() => Date) days?: Date[]
  @IsOptional() @Type(() => Number) unique?: Set<number>
  @IsOptional() @Type(() => Object) free?: unknown[]
  @Duration() wait = 0
  @Size() room = 0
}

function bind(values: object): { readonly config: Lists; readonly reports: readonly string[] } {
  const problems: LokstraError[] = []
  const config = bindConfig(Lists, { values, locate: () => 'here', label: '' }, problems)
  return { config, reports: problems.map(({ problem }) => problem) }
}

describe('a list that configuration has as text', () => {
  const accepted: readonly [key: keyof Lists, text: string, expected: readonly unknown[] | Set<unknown>][] = [
    ['names', 'a', ['a']],
    ['names', 'a, b,c', ['a', 'b', 'c']],
    ['names', ' a b ,c ', ['a b', 'c']],
    ['names', '', []],
    ['names', '  ', []],
    ['names', '[]', []],
    ['names', '[a, "b, c"]', ['a', 'b, c']],
    ['names', '"b, c", d', ['b, c', 'd']],
    ['names', '\'it\'\'s\', "say \\"x\\"\\n"', ["it's", 'say "x"\n']],
    ['names', "it's, so", ["it's", 'so']],
    ['names', '"", ""', ['', '']],
    ['names', 'a, b,', ['a', 'b']],
    ['names', '"[::1]"', ['[::1]']],
    ['names', '1, true, null', ['1', 'true', 'null']],
    ['ports', '1, 2', [1, 2]],
    ['ports', '[3]', [3]],
    ['flags', 'true, 0', [true, false]],
    ['methods', 'GET, PUT', ['GET', 'PUT']],
    ['days', '2030-01-01', [new Date('2030-01-01T00:00:00Z')]],
    ['unique', '1, 2, 1', new Set([1, 2])],
  ]
  for (const [key, text, expected] of accepted) {
    it(`is read: ${key}: ${JSON.stringify(text)}`, () => {
      const { config, reports } = bind({ [key]: text })
      expect(reports).to.deep.equal([])
      expect(config[key]).to.deep.equal(expected)
    })
  }

  const refused: readonly [key: keyof Lists, value: unknown, report: string][] = [
    ['ports', 'one, 2', 'ports must be a list of numbers, such as 1, 2, received "one, 2"'],
    ['ports', '1,,2', 'ports must be a list of numbers, such as 1, 2, received "1,,2"'],
    ['ports', ',', 'ports must be a list of numbers, such as 1, 2, received ","'],
    ['ports', 7, 'ports must be a list of numbers, such as 1, 2, received 7'],
    ['flags', 'yes', 'flags must be a list of booleans, such as true, false, received "yes"'],
    ['days', 'soon', 'days must be a list of ISO 8601 dates, such as 2030-01-01, 2030-12-31, received "soon"'],
    ['names', '"a" b', 'names must be a list of strings, such as a, b, received "\\"a\\" b"'],
    ['names', '"\\q"', 'names must be a list of strings, such as a, b, received "\\"\\\\q\\""'],
    ['names', "'a", 'names must be a list of strings, such as a, b, received "\'a"'],
    ['names', { a: 1 }, 'names must be a list of strings, such as a, b, received an object'],
    ['free', 'a, b', 'free must be an array, received "a, b"'],
  ]
  for (const [key, value, report] of refused) {
    it(`is refused with the form that is right: ${key}: ${JSON.stringify(value)}`, () => {
      expect(bind({ [key]: value }).reports).to.deep.equal([report])
    })
  }

  it('is held to the rules of its items', () => {
    expect(bind({ ports: '1, 12' }).reports).to.deep.equal([
      'ports is an array in which each value must not be greater than 9, received "1, 12"',
    ])
  })

  it('holds any text in double quotes, as JSON writes it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.boolean(), (items, hasBrackets) => {
        const text = items.map((item) => JSON.stringify(item)).join(' , ')
        expect(bind({ names: hasBrackets ? `[${text}]` : text }).config.names).to.deep.equal(items)
      }),
    )
  })

  it('holds any text in single quotes, each of its own doubled', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (items) => {
        const text = items.map((item) => `'${item.replaceAll("'", "''")}'`).join(',')
        expect(bind({ names: text }).config.names).to.deep.equal(items)
      }),
    )
  })
})
