import 'reflect-metadata'

import * as cv from 'class-validator'
import { expect } from 'chai'
import fc from 'fast-check'

import { runRules } from './run-rules.js'

type Decorator = (target: object, property: string) => void

@cv.ValidatorConstraint({ name: 'longEnough' })
class LongEnough implements cv.ValidatorConstraintInterface {
  validate(value: unknown, args: cv.ValidationArguments) {
    return String(value).length >= ((args.constraints as number[] | undefined)?.[0] ?? 2)
  }
  defaultMessage(args: cv.ValidationArguments) {
    return `$property of $target is too short: $value, not $constraint1 (${args.property})`
  }
}

class Inner {
  @cv.IsInt() n: unknown
  @cv.IsOptional() @cv.ValidateNested() inner: unknown
}

const build: readonly ((options: cv.ValidationOptions) => Decorator)[] = [
  cv.IsInt,
  cv.IsString,
  cv.IsBoolean,
  cv.IsDate,
  cv.IsArray,
  cv.IsDefined,
  cv.IsNotEmpty,
  cv.IsEmpty,
  cv.IsOptional,
  cv.IsObject,
  cv.IsNotEmptyObject.bind(undefined, {}),
  cv.IsNumber.bind(undefined, { maxDecimalPlaces: 1 }),
  cv.Allow,
  cv.ValidateNested,
  (options) => cv.Min(2, options),
  (options) => cv.Max(5, options),
  (options) => cv.Length(2, 3, options),
  (options) => cv.Matches(/^a/, options),
  (options) => cv.IsIn([1, 'a', Symbol('s').description], options),
  (options) => cv.IsEnum({ A: 1, B: 'b' }, options),
  (options) => cv.Equals(3, options),
  (options) => cv.ArrayMaxSize(1, options),
  (options) => cv.ArrayUnique(options),
  (options) => cv.IsEmail({}, options),
  (options) => cv.IsUUID(4, options),
  (options) => cv.IsDateString({}, options),
  (options) => cv.ValidateIf((object: { a?: unknown }) => object.a !== 1, options),
  (options) => cv.Validate(LongEnough, [3], options),
  (options) => cv.Validate(LongEnough, options),
  (options) =>
    cv.ValidateBy(
      { name: 'odd', validator: { validate: (value) => value !== 'odd', defaultMessage: () => 'odd $property' } },
      options,
    ),
]

const options: fc.Arbitrary<cv.ValidationOptions> = fc.record(
  {
    each: fc.boolean(),
    message: fc.constantFrom<string | ((args: cv.ValidationArguments) => string)>(
      '$property $value $target $constraint1 $constraint2',
      (args) => `${args.property}/${args.targetName}/${String(args.constraints?.length)}`,
    ),
    groups: fc.constantFrom(['g'], ['h'], ['g', 'h']),
    always: fc.boolean(),
    validateIf: fc.constantFrom<(object: unknown, value: unknown) => boolean>((_object, value) => value !== 2),
  },
  { requiredKeys: [], noNullPrototype: true },
)

const scalar = fc.constantFrom<unknown>(
  undefined,
  null,
  0,
  1,
  2,
  3,
  2.5,
  10,
  NaN,
  '',
  'a',
  'ab',
  'b',
  'odd',
  'x@y.com',
  '2024-01-01',
  true,
  false,
  new Date(0),
  {},
  7n,
  '7f2c6a52-9f0a-4b3e-8d6a-1f2e3d4c5b6a',
)
const inner = fc.record({
  n: scalar,
  inner: fc.option(fc.record({ n: scalar }).map((own) => Object.assign(new Inner(), own))),
})
const nested = inner.map((own) => Object.assign(new Inner(), own))
const item = fc.oneof({ weight: 3, arbitrary: scalar }, nested)
const value = fc.oneof(
  { weight: 3, arbitrary: item },
  fc.array(fc.oneof(item, fc.array(item, { maxLength: 2 })), { maxLength: 3 }),
  fc.array(item, { maxLength: 3 }).map((items) => new Set(items)),
  fc.array(fc.tuple(fc.constantFrom('x', 'y'), item), { maxLength: 2 }).map((entries) => new Map(entries)),
)

const property = fc.constantFrom('a', 'b', 'c')
const rule = fc.record({ property, kind: fc.nat(build.length - 1), options })
/** class-validator's tree as a flat list. */
function flatten(errors: readonly cv.ValidationError[], path: readonly string[] = []): unknown[] {
  return errors.flatMap((error) => {
    const at = error.property === undefined ? path : [...path, error.property]
    const own = Object.entries(error.constraints ?? {}).map(([code, message]) => [at.join('.'), code, message])
    return [...own, ...flatten(error.children ?? [], at)]
  })
}

function attempt(run: () => unknown[]): unknown {
  try {
    return run()
  } catch {
    return 'throws'
  }
}

describe('the rule interpreter', () => {
  it('agrees with class-validator on properties, rules and messages', () => {
    const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31)
    console.log(`      seed ${seed}`)
    const check = fc.property(
      fc.array(rule, { maxLength: 5 }),
      fc.array(rule, { minLength: 1, maxLength: 5 }),
      fc.record({ a: value, b: value, c: value }),
      (inherited, own, values) => {
        class Base {}
        class Subject extends Base {}
        for (const { property, kind, options } of inherited) build[kind]!(options)(Base.prototype, property)
        for (const { property, kind, options } of own) build[kind]!(options)(Subject.prototype, property)
        const object = Object.assign(new Subject(), values)
        const expected = attempt(() => flatten(cv.validateSync(object)))
        const actual = attempt(() => {
          const failures = runRules(object)
          if (failures instanceof Promise) throw new Error('a promise without an asynchronous rule')
          return failures.map(({ path, code, message }) => [path.join('.'), code, message])
        })
        expect(actual).to.deep.equal(expected)
      },
    )
    fc.assert(check, { numRuns: 5_000, seed })
  }).timeout(60_000)

  class Slow {
    @cv.ValidateBy({
      name: 'slow',
      validator: { validate: (given) => Promise.resolve(given === 1), defaultMessage: () => '$property' },
    })
    one: unknown
    @cv.ValidateBy(
      { name: 'slow', validator: { validate: (given) => Promise.resolve(given === 1) } },
      { each: true, message: 'each' },
    )
    many: unknown
    @cv.ValidatePromise() @cv.IsInt() promised: unknown
  }
  it('awaits promises of rules and of values, as class-validator does', async () => {
    const object = Object.assign(new Slow(), { one: 2, many: [1, 2], promised: Promise.resolve('x') })
    const failures = await runRules(object)
    expect(failures.map(({ path, code, message }) => [path.join('.'), code, message])).to.deep.equal(
      flatten(await cv.validate(object)),
    )
  })

  it('throws what a validator throws', () => {
    class Faulty {
      @cv.ValidateBy({
        name: 'faulty',
        validator: {
          validate: () => {
            throw new Error('fault')
          },
        },
      })
      value: unknown
    }
    expect(() => runRules(new Faulty())).to.throw('fault')
  })

  it('gives the context of a broken rule', () => {
    class WithContext {
      @cv.IsInt({ context: { hint: 1 } }) value: unknown
    }
    expect(runRules(new WithContext())).to.deep.include.members([
      {
        path: ['value'],
        value: undefined,
        code: 'isInt',
        message: 'value must be an integer number',
        context: { hint: 1 },
      },
    ])
  })
})
