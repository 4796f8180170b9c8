import { Get, Returns, Route } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { Exclude, Expose, Transform } from 'class-transformer'
import fc from 'fast-check'

import { compileSerializer, toJson, type ValueType } from './internals.js'

const cases = 10_000
/** In every key and value that may not go out. */
const secret = 'S3CRET'
const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)

class User {
  @Exclude() S3CRET: unknown = secret
  shown: unknown = null
}
class Admin extends User {
  more: unknown = null
}
@Exclude()
class Account {
  S3CRETnumber: unknown = secret
  @Expose({ name: 'shown' }) id: unknown = null
}
class Made {
  @Transform(({ value }) => [value as unknown]) shown: unknown = null
  @Exclude({ toPlainOnly: true }) S3CRET = secret
  toJSON() {
    return { [secret]: secret }
  }
}
class Wrapper {
  constructor(readonly inner: unknown) {}
}
class Entity {
  readonly #data: unknown
  constructor(data: unknown) {
    this.#data = data
  }
  toJSON() {
    return this.#data
  }
}

/** What has to be sent, beside the value that is handed over. */
interface Pair {
  readonly given: unknown
  readonly expected: unknown
}

const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc
    .oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constantFrom('__proto__', '"', '\ud800'))
    .map((given) => ({ given, expected: given })),
  fc.constant<Pair>({ given: new Date(0), expected: '1970-01-01T00:00:00.000Z' }),
  fc.constantFrom<Pair>(
    { given: new Map([[secret, secret]]), expected: {} },
    { given: new Set([secret]), expected: {} },
    { given: 1n, expected: '1' },
    { given: new User(), expected: { shown: null } },
    { given: new Account(), expected: { shown: null } },
  ),
)

const nameArb = fc.oneof(
  fc.constantFrom('a', 'b', '0', '7', 'toJSON', '__proto__', 'constructor', 'length'),
  fc.string({ maxLength: 3 }),
)

const { pair } = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { depthSize: 'medium' },
    leaf,
    fc.array(tie('pair'), { maxLength: 4 }).map((items) => ({
      given: items.map(({ given }) => given),
      expected: items.map(({ expected }) => expected),
    })),
    fc
      .tuple(fc.array(fc.tuple(nameArb, tie('pair')), { maxLength: 4 }), fc.constantFrom('plain', 'bare', 'getters'))
      .map(([entries, kind]) => objectOf(entries, kind)),
    tie('pair').map(({ given, expected }) => ({ given: new Wrapper(given), expected: { inner: expected } })),
    tie('pair').map(({ given, expected }) => ({ given: new Entity({ a: given }), expected: { a: expected } })),
    tie('pair').map(({ given, expected }) => ({ given: filled(new User(), given), expected: { shown: expected } })),
    fc.tuple(tie('pair'), tie('pair')).map(([one, other]) => ({
      given: Object.assign(filled(new Admin(), one.given), { more: other.given }),
      expected: { shown: one.expected, more: other.expected },
    })),
    tie('pair').map(({ given, expected }) => ({
      given: Object.assign(new Account(), { id: given, [secret]: secret }),
      expected: { shown: expected },
    })),
    tie('pair').map(({ given, expected }) => ({ given: filled(new Made(), given), expected: { shown: [expected] } })),
  ),
}))

function filled<T extends { shown: unknown; S3CRET: unknown }>(instance: T, shown: unknown): T {
  return Object.assign(instance, { shown, S3CRET: [secret, new User()] })
}

function objectOf(entries: readonly (readonly [string, Pair])[], kind: string): Pair {
  const given = (kind === 'bare' ? Object.create(null) : {}) as object
  const expected = {}
  for (const [name, one] of entries) {
    const rest = { enumerable: true, configurable: true }
    const get = () => one.given
    Object.defineProperty(given, name, kind === 'getters' ? { get, ...rest } : { value: one.given, ...rest })
    Object.defineProperty(expected, name, { value: one.expected, ...rest })
  }
  return { given, expected }
}

const types: readonly (readonly [ValueType, (pair: Pair) => Pair])[] = [
  [{ kind: 'any' }, (one) => one],
  [{ kind: 'array', element: { kind: 'any' } }, (one) => ({ given: [one.given], expected: [one.expected] })],
  [
    { kind: 'map', element: { kind: 'any' } },
    (one) => ({ given: new Map([['k', one.given]]), expected: { k: one.expected } }),
  ],
]

class Answer {
  value: unknown = undefined
}
let answer: unknown

@Route('/')
class Answers {
  @Get() @Returns(Answer) show() {
    return { value: answer }
  }
}

describe('data of which nothing is declared', function () {
  this.timeout(120_000)

  it(`is written as the classes in it say, wherever they stand (${cases} cases)`, () => {
    const counts = { cases: 0, replaced: 0 }
    try {
      fc.assert(
        fc.property(pair, fc.constantFrom(...types), (one, [type, around]) => {
          const { given, expected } = around(one)
          const serializer = compileSerializer(type)
          const text = serializer.write(given)
          expect(text).to.equal(toJson(expected))
          expect(toJson(serializer.project(given))).to.equal(text)
          expect(text).to.not.contain(secret)
          counts.cases++
          if (text !== plainJson(given)) counts.replaced++
        }),
        { numRuns: cases, seed },
      )
    } finally {
      console.log(`      seed ${seed}: ${counts.cases} cases, ${counts.replaced} with such classes`)
    }
    expect(counts.replaced).to.be.at.least(cases * 0.2)
  })

  it('is so in the answers of a server', async () => {
    const server: TestServer = await createTestServer({ controllers: [Answers] })
    await fc.assert(
      fc.asyncProperty(pair, async ({ given, expected }) => {
        answer = given
        const { status, text } = await server.inject('GET', '/')
        expect(status).to.equal(200)
        expect(text).to.equal(toJson({ status: 'success', data: { value: expected } }))
        expect(text).to.not.contain(secret)
      }),
      { numRuns: 500, seed },
    )
  })
})

function plainJson(value: unknown): string | undefined {
  try {
    return toJson(value)
  } catch {
    return undefined
  }
}
