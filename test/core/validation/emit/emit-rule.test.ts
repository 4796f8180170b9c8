import * as cv from 'class-validator'
import { expect } from 'chai'
import fc from 'fast-check'

import { decorators, type TableEntry } from '../decorator-table.js'
import {
  attempt,
  compileRule,
  isEmittable,
  judge,
  ruleOf,
  seedOf,
  textOf,
  type KnownType,
  type Rule,
} from './internals.js'

const ordinary = [
  undefined,
  null,
  0,
  -0,
  1,
  2,
  2.5,
  1e21,
  1e-7,
  NaN,
  Infinity,
  -Infinity,
  '',
  'a',
  '1',
  'true',
  true,
  false,
  7n,
]
const objects = [
  {},
  { a: 1 },
  { hasOwnProperty: 1 },
  Object.create(null),
  [],
  [1],
  [[1]],
  new Date(0),
  new Date(NaN),
  () => 1,
]
const impostors = [
  Object.create(Date.prototype),
  Object.create(Set.prototype),
  Object.create(Map.prototype),
  { length: 2, 0: 'a', 1: 'b' },
  [Object.create(Set.prototype), () => 1],
  { toString: () => 'a' },
  Object('a'),
  Object(true),
]
const texts = ['😀', '❤️', 'ﬀ', '\ud800', '\u2028', 'a\n', ' a', 'ｱ', '\u0000', '__proto__', 'constructor']
const pool: readonly unknown[] = [...ordinary, ...objects, ...impostors, ...texts, Symbol('s')]

/** Values like those that pass, and everything else. */
function valueLike({ good, bad }: TableEntry): fc.Arbitrary<unknown> {
  const example = fc.constantFrom(...good, ...bad)
  const near = fc.tuple(example, fc.nat(), fc.string({ maxLength: 2, unit: 'grapheme' })).map(([value, at, text]) => {
    if (typeof value === 'number') return value + (at % 3) - 1
    if (typeof value !== 'string') return value
    const index = at % (value.length + 1)
    return value.slice(0, index) + text + value.slice(index + (at % 2))
  })
  const scalar = fc.oneof(
    { weight: 3, arbitrary: example },
    { weight: 3, arbitrary: near },
    { weight: 2, arbitrary: fc.constantFrom(...pool) },
    fc.anything(),
    fc.double(),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.date({ noInvalidDate: false }),
  )
  const items = fc.oneof(fc.array(fc.constantFrom(...good), { maxLength: 3 }), fc.array(scalar, { maxLength: 3 }))
  return fc.oneof(
    { weight: 6, arbitrary: scalar },
    { weight: 2, arbitrary: items },
    items.map((list) => new Set(list)),
    items.map((list) => new Map(list.map((item, index) => [index, item]))),
  )
}

const optionSets: readonly cv.ValidationOptions[] = [
  {},
  { each: true },
  { validateIf: (object: { skip?: boolean }, value) => !object.skip && value !== 2 },
  { each: true, validateIf: (object: { skip?: boolean }) => !object.skip },
]

const knownTypes: readonly KnownType[] = ['string', 'number', 'boolean', 'date', 'array']

function isKnown(value: unknown, known: KnownType): boolean {
  if (known === 'array') return Array.isArray(value)
  if (known === 'date') return Object.prototype.toString.call(value) === '[object Date]' && value instanceof Date
  return known === 'unknown' || typeof value === known
}

/** Values that the emitted checks leave to the original although the rule accepts them. */
function isLeftOut(value: unknown): boolean {
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return itemsOf(value).some(isLeftOut)
  return value instanceof String || value instanceof Boolean || typeof value === 'function'
}

/** Nothing of an impostor. */
function itemsOf(value: readonly unknown[] | ReadonlySet<unknown> | ReadonlyMap<unknown, unknown>): readonly unknown[] {
  try {
    return [...value.values()]
  } catch {
    return []
  }
}

/** Throws where the check says yes and class-validator no, or the other way round for values that matter. */
function compare(
  rule: Rule,
  check: ReturnType<typeof compileRule>,
  known: KnownType,
  object: object,
  value: unknown,
): void {
  const actual = attempt(() => check(object, value))
  const expected = attempt(() => judge(rule, object, value))
  if (actual === expected || (expected === 'true' && isLeftOut(value))) return
  const where = `${rule.name}(${describeValue(rule.constraints)}) each ${rule.each} known ${known}`
  throw new Error(`${where}: ${describeValue(value)} is ${expected}, the check says ${actual}`)
}

function describeValue(value: unknown): string {
  try {
    return fc.stringify(value)
  } catch {
    return 'an impostor'
  }
}

/** Says what failed in our words: fast-check cannot show an impostor. */
function reporter<T>({ failed, errorInstance, seed, counterexamplePath }: fc.RunDetails<T>): void {
  if (!failed) return
  const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  throw new Error(`${reason} (FC_SEED=${seed}, path ${counterexamplePath})`, { cause: errorInstance })
}

describe('emitted checks', () => {
  const seed = seedOf()

  it('are made for every rule that class-validator exports', () => {
    const names = Object.entries(cv).flatMap(([key, value]) => (/^[A-Z][A-Z0-9_]+$/.test(key) ? [String(value)] : []))
    const emittable = Object.values(decorators)
      .map(({ make }) => ruleOf(make({}, 0)))
      .filter(isEmittable)
      .map(({ name }) => name)
    expect(emittable.sort()).to.deep.equal(names.filter((name) => name !== 'isOptional').sort())
  })

  for (const [decorator, entry] of Object.entries(decorators)) {
    if (!isEmittable(ruleOf(entry.make({}, 0)))) continue
    it(`say what ${decorator} says, with each, conditions and known types`, () => {
      const values = valueLike(entry)
      for (let pick = 0; pick < 4; pick++) {
        for (const options of optionSets) {
          const rule = ruleOf(entry.make(options, pick))
          const checks = new Map(
            ([...knownTypes, 'unknown'] as const).map((known) => [known, compileRule(rule, known)]),
          )
          const compareAll = (value: unknown, skip: boolean) => {
            for (const [known, check] of checks) if (isKnown(value, known)) compare(rule, check, known, { skip }, value)
          }
          for (const value of [...pool, ...entry.good, ...entry.bad, entry.good, new Set(entry.good)])
            compareAll(value, false)
          fc.assert(fc.property(values, fc.boolean(), compareAll), { seed, numRuns: 60, reporter })
        }
      }
    }).timeout(60_000)
  }

  const odd = [null, NaN, -1, 1.5, '5', '', [], {}, () => 3, Symbol('s'), undefined, Infinity] as never[]

  it('agree with the rule about arguments of the wrong kind', () => {
    const make: readonly ((argument: never) => cv.ValidationOptions | PropertyDecorator)[] = [
      ...[
        cv.Min,
        cv.Max,
        cv.IsDivisibleBy,
        cv.MinLength,
        cv.MaxLength,
        cv.Contains,
        cv.NotContains,
        cv.MinDate,
        cv.MaxDate,
      ],
      ...[
        cv.IsIn,
        cv.IsNotIn,
        cv.ArrayMinSize,
        cv.ArrayMaxSize,
        cv.IsInstance,
        cv.IsNumber,
        cv.IsEmail,
        cv.IsUrl,
        cv.IsUUID,
      ],
      ...[
        cv.IsIP,
        cv.IsHash,
        cv.IsISO8601,
        cv.IsNumberString,
        cv.IsDecimal,
        cv.IsStrongPassword,
        cv.Matches,
        cv.IsAlpha,
      ],
      ...[
        (max: never) => cv.Length(1, max),
        (min: never) => cv.Length(min, 3),
        (max: never) => cv.IsByteLength(0, max),
      ],
      (places: never) => cv.IsNumber({ maxDecimalPlaces: places }),
      (version: never) => cv.IsUUID([version] as never),
      (flags: never) => cv.Matches('a', flags),
    ]
    const values = [
      ...pool,
      3,
      5,
      '5',
      'abc',
      19.99,
      1e-6,
      'ann@example.com',
      'https://example.com',
      '2024-01-01',
      'aB3$efgh',
    ]
    for (const decorate of make) {
      for (const argument of odd) {
        const rule = ruleOf(decorate(argument) as never)
        const check = compileRule(rule)
        for (const value of values) compare(rule, check, 'unknown', {}, value)
      }
    }
  })

  it('count decimals as the rule does', () => {
    const places = fc.constantFrom(0, 1, 2, 3, 6, 7, 20)
    const number = fc.oneof(
      fc.double(),
      fc.tuple(fc.integer(), fc.integer({ min: 0, max: 9 })).map(([digits, power]) => digits / 10 ** power),
      fc.tuple(fc.integer(), fc.integer({ min: 0, max: 9 })).map(([digits, power]) => digits * 10 ** -power),
      fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 30 })).map(([digits, power]) => digits / 10 ** power),
    )
    const byPlaces = new Map(
      [0, 1, 2, 3, 6, 7, 20].map((count) => {
        const rule = ruleOf(cv.IsNumber({ maxDecimalPlaces: count }))
        return [count, [rule, compileRule(rule)] as const]
      }),
    )
    const property = fc.property(places, number, (count, value) => {
      compare(...byPlaces.get(count)!, 'unknown', {}, value)
    })
    fc.assert(property, { seed, numRuns: 50_000, reporter })
  })

  it('count characters as the rule does', () => {
    const unit = fc.constantFrom('a', 'ä', '😀', '\ufe0f', '\ufe0e', '\ud83d', '\ude00', 'ｱ', '❤')
    const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''))
    const rules = [0, 1, 2, 4].flatMap((min) => [
      ...[min, min + 2, undefined].map((max) => ruleOf(cv.Length(min, max) as never)),
      ruleOf(cv.MinLength(min) as never),
      ruleOf(cv.MaxLength(min) as never),
    ])
    const checks = rules.map((rule) => compileRule(rule, 'string'))
    const property = fc.property(text, (value) => {
      for (const [index, rule] of rules.entries()) compare(rule, checks[index]!, 'string', {}, value)
    })
    fc.assert(property, { seed, numRuns: 10_000, reporter })
  })

  it('follow lists, enums and dates that change after they were compiled', () => {
    const list = ['a']
    const members: Record<string, string> = { A: 'a', B: 'b' }
    const many = Object.fromEntries(Array.from('abcdefghijk').map((letter) => [letter.toUpperCase(), letter]))
    const limit = new Date(10)
    const isIn = compileRule(ruleOf(cv.IsIn(list)))
    const isEnum = compileRule(ruleOf(cv.IsEnum(members)))
    const isOneOfMany = compileRule(ruleOf(cv.IsEnum(many)))
    const minDate = compileRule(ruleOf(cv.MinDate(limit)))
    expect([isIn({}, 'a'), isEnum({}, 'a'), isOneOfMany({}, 'a'), minDate({}, new Date(20))]).to.deep.equal([
      true,
      true,
      true,
      true,
    ])
    list[0] = 'x'
    members.A = 'x'
    delete members.B
    delete many.A
    limit.setTime(30)
    expect(
      [isIn({}, 'a'), isEnum({}, 'a'), isEnum({}, 'b'), isOneOfMany({}, 'a'), minDate({}, new Date(20))].some(Boolean),
    ).to.equal(false)
    expect([isEnum({}, undefined), isOneOfMany({}, undefined)]).to.deep.equal([false, false])
    expect([isIn({}, 'x'), isEnum({}, 'x'), minDate({}, new Date(30))]).to.deep.equal([true, true, true])
  })

  it('ask lists, enums, dates, patterns and classes that answer in their own way through the rule alone', () => {
    class Odd extends Array<string> {
      override indexOf(): number {
        return 0
      }
    }
    const withSome = Object.assign(['a'], { some: () => false })
    const computed = Object.defineProperty({}, 'A', { enumerable: true, get: () => 'a' })
    const never = Object.assign(/a/, { exec: () => null })
    class Claims {
      static [Symbol.hasInstance](value: unknown): boolean {
        return value === 'claimed'
      }
    }
    class LateDate extends Date {
      override getTime(): number {
        return 1e15
      }
    }
    const arrow = () => 1
    for (const decorator of [
      ...[cv.IsIn(new Odd('b')), cv.IsIn(withSome), cv.IsNotIn(withSome), cv.IsEnum(computed), cv.Matches(never)],
      ...[
        cv.IsInstance(Claims),
        cv.IsInstance(arrow as never),
        cv.MinDate(new LateDate()),
        cv.MinDate(() => new Date(5)),
      ],
      ...[
        cv.IsEnum(['a', 'b']),
        cv.IsEnum({ A: undefined, B: NaN }),
        cv.Matches(/a/y),
        cv.Matches(/a/gy),
        cv.Matches(/b/g),
      ],
      cv.Matches(Object.assign(/b/, { [Symbol.match]: () => ['always'] })),
    ]) {
      const rule = ruleOf(decorator)
      const check = compileRule(rule)
      for (const value of [...pool, 'b', 'ab', 'ba', 'claimed', new Date(5)]) {
        // Twice, for patterns that remember; they may be stricter.
        if (check({}, value)) expect(judge(rule, {}, value), `${rule.name} ${describeValue(value)}`).to.equal(true)
      }
    }
  })

  it('never ask a sticky pattern, which remembers where it ended', () => {
    const pattern = /a/y
    pattern.lastIndex = 1
    expect(textOf(ruleOf(cv.Matches(pattern)))).to.equal('false')
    expect(pattern.lastIndex).to.equal(1)
  })

  it('leave the lastIndex of a global pattern alone and match from the start', () => {
    const pattern = /a/g
    const check = compileRule(ruleOf(cv.Matches(pattern)))
    expect([check({}, 'a'), check({}, 'a'), pattern.lastIndex]).to.deep.equal([true, true, 0])
  })

  it('hold nothing of the metadata as code', () => {
    const attack = 'globalThis.wasRun = true'
    const hostile = [
      ...[
        `'; ${attack}; '`,
        `"; ${attack}; "`,
        `\u2028${attack}`,
        `\n${attack}\n`,
        `*/ ${attack} /*`,
        `\${${attack}}`,
        `\\"; ${attack} //`,
      ],
      ...[
        '__proto__',
        'constructor',
        '</script>',
        '`',
        '\\',
        '😀',
        '\ud800',
        'x'.repeat(10_000),
        `)) || (${attack}) || ((`,
      ],
    ]
    for (const text of hostile) {
      const pattern = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      const members = Object.fromEntries([...Array(10).keys()].map((count) => [`${text}${count}`, `${text}${count}`]))
      for (const [decorator, value] of [
        ...[
          [cv.Equals(text), text],
          [cv.Contains(text), `a${text}b`],
          [cv.NotContains(text), 'a'],
          [cv.IsIn([text]), text],
        ],
        ...[
          [cv.IsEnum({ [text]: text }), text],
          [cv.IsEnum(members), `${text}7`],
          [cv.Matches(new RegExp(pattern)), text],
        ],
        ...[
          [cv.Matches(pattern, 'u'), text],
          [cv.IsInstance({ [text]: class {} }[text]!), undefined],
        ],
      ] as [PropertyDecorator, unknown][]) {
        const rule = ruleOf(decorator)
        compare(rule, compileRule(rule), 'unknown', {}, value)
        expect(textOf(rule)).to.not.match(/[\n\r\u2028\u2029]/)
      }
    }
    expect('wasRun' in globalThis).to.equal(false)
  })

  it('test no type that is known', () => {
    const text = (decorator: unknown, known: KnownType) => textOf(ruleOf(decorator as never), known)
    expect(text(cv.IsString(), 'string')).to.equal('true')
    expect(text(cv.IsInt(), 'number')).to.equal('Number.isInteger(value)')
    expect(text(cv.Min(3), 'number')).to.equal('(value >= 3)')
    expect(text(cv.Min(3), 'unknown')).to.equal('(typeof value === "number" && value >= 3)')
    expect(text(cv.Min(3), 'string')).to.equal('false')
    expect(text(cv.ArrayMaxSize(3), 'array')).to.equal('(value.length <= 3)')
    expect(text(cv.IsDate(), 'date')).to.equal('(!isNaN(value.getTime()))')
    expect(text(cv.IsNotEmpty(), 'number')).to.equal('true')
    expect(text(cv.Matches(/^a/), 'string')).to.equal('pattern.test(value)')
  })
})

describe('rules with the name of one of class-validator’s', () => {
  it('are known by their words, so that a user’s rule is never taken for the original', () => {
    const validator = {
      validate: () => false,
      defaultMessage: () => '$property is on the list of throw-away addresses',
    }
    const rule = ruleOf(cv.ValidateBy({ name: cv.IS_EMAIL, validator }))
    expect([rule.isBuiltIn, isEmittable(rule)]).to.deep.equal([false, false])
    expect(rule.validate('ann@example.com', {} as never)).to.equal(false)
    expect(ruleOf(cv.ValidateBy({ name: cv.IS_INT, validator: { validate: () => false } })).isBuiltIn).to.equal(false)
    const thrower = { validate: () => false, defaultMessage: () => expect.fail('asked too early') }
    expect(ruleOf(cv.ValidateBy({ name: cv.IS_INT, validator: thrower })).isBuiltIn).to.equal(false)
  })

  it('are the originals with a message of the user’s and with each', () => {
    expect(ruleOf(cv.IsEmail({}, { message: 'no address', each: true })).isBuiltIn).to.equal(true)
    expect(ruleOf(cv.MinDate(new Date(), { each: true })).isBuiltIn).to.equal(true)
    expect(ruleOf(cv.Length(undefined as never, 3)).isBuiltIn).to.equal(true)
  })
})
