import { validate, validateOrReject, validateSync } from '@lokstra/core'
import { expect } from 'chai'
import * as cv from 'class-validator'

import type * as IsKnownValid from '../../../packages/core/dist/validation/is-known-valid.js'
import { load } from '../../helpers/core-internals.js'
import { isolate } from './isolate.js'
import { attempt, failed } from './same-errors.js'

/** No result tells whether compiled code or the interpreter gave it. */
const { isKnownValid } = await load<typeof IsKnownValid>('validation/is-known-valid.js')

/** False in the process of without-code-generation.test.ts. */
const canGenerateCode = !process.execArgv.includes('--disallow-code-generation-from-strings')

// The signatures are class-validator's: each may stand for the other.
const signatures: [typeof cv.validate, typeof cv.validateOrReject, typeof cv.validateSync] = [
  validate,
  validateOrReject,
  validateSync,
]
const reversed: [typeof validate, typeof validateOrReject, typeof validateSync] = [
  cv.validate,
  cv.validateOrReject,
  cv.validateSync,
]

function given<T extends object>(type: new () => T, values: object): T {
  return Object.assign(new type(), values)
}

describe('validate, validateSync and validateOrReject', () => {
  let restore: () => void
  beforeEach(() => (restore = isolate()))
  afterEach(() => restore())

  it(`run ${canGenerateCode ? 'with' : 'without'} generated code, with class-validator's signatures`, () => {
    expect([...signatures, ...reversed].every((each) => typeof each === 'function')).to.equal(true)
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- whether the process allows it is the question
    expect(attempt(() => [new Function('return 1')()])).to.have.property(canGenerateCode ? 'errors' : 'thrown')
  })

  it('resolve, return and reject with the same errors', async () => {
    class Item {
      @cv.IsInt() count: unknown
    }
    expect(await validate(given(Item, { count: 1 }))).to.deep.equal([])
    expect(await validateOrReject(given(Item, { count: 1 }))).to.equal(undefined)
    const wrong = given(Item, { count: 'x' })
    const rejection = await validateOrReject(wrong).catch((errors: unknown) => errors)
    expect(await validate(wrong)).to.deep.equal(rejection)
    expect(validateSync(wrong)).to.deep.equal(rejection)
    expect(String(validateSync(wrong)[0])).to.equal(String(cv.validateSync(wrong)[0]))
    expect(rejection).to.have.deep.nested.property('[0].constraints', { isInt: 'count must be an integer number' })
  })

  it('look at each item of a long list that must be unique a few times, whatever its length', () => {
    class Tagged {
      @cv.ArrayUnique() tags: unknown
      @cv.ArrayUnique((item: { id: number }) => item.id) items: unknown
    }
    let reads = 0
    const counted = (list: readonly unknown[]) =>
      new Proxy(list, { get: (target, key, receiver) => (reads++, Reflect.get(target, key, receiver) as unknown) })
    const ids = Array.from({ length: 2_000 }, (_, id) => id)
    const items = ids.map((id) => ({ id }))
    expect(validateSync(given(Tagged, { tags: counted(ids), items: counted(items) }))).to.deep.equal([])
    expect(validateSync(given(Tagged, { tags: counted([...ids, 7]), items }))).to.have.length(1)
    expect(reads).to.be.below(100 * ids.length)
  })

  it('find in long lists the same repetitions as class-validator', () => {
    class Tagged {
      @cv.ArrayUnique() plain: unknown
      @cv.ArrayUnique((item: unknown) => (typeof item === 'number' ? item % 90 : item)) compared: unknown
    }
    const value = {}
    const distinct = Array.from({ length: 40 }, (_, index) => (index % 2 ? index : `text ${index}`))
    const ends = [[], [NaN], [0, -0], [undefined], [undefined, undefined], [1, '1'], [value, value], [91], [null, NaN]]
    for (const end of ends) {
      for (const list of [[...distinct, ...end], [...end, ...distinct], Object.assign([...distinct], { 50: end[0] })]) {
        const tagged = given(Tagged, { plain: list, compared: list })
        expect(validateSync(tagged), String(end)).to.deep.equal(cv.validateSync(tagged))
      }
    }
  })

  it('answer a valid object of known rules in compiled code, and no other', () => {
    class Item {
      @cv.IsOptional() @cv.IsInt({ each: true }) counts: unknown
      @cv.ValidateIf((_object, value) => value !== '') @cv.Length(2, 3, { validateIf: () => true }) name: unknown
      @cv.Allow() anything: unknown
    }
    class List {
      @cv.IsDefined() @cv.ValidateNested() items: unknown
    }
    const item = given(Item, { counts: [1], name: 'ab' })
    const lists = [[item], [[item], []], new Set([item]), new Map([['k', item]]), item]
    for (const items of lists) {
      expect(isKnownValid(given(List, { items }), { whitelist: true }), String(items)).to.equal(canGenerateCode)
      expect(failed(given(List, { items }), { whitelist: true })).to.deep.equal([])
    }
    const refused = [null, 'text', {}, given(Item, { name: 1 }), [{}], new Map([[1, item]]), new Set([1])]
    for (const items of refused) expect(isKnownValid(given(List, { items }), undefined)).to.equal(false)
    expect(isKnownValid(given(Item, { name: '', extra: 1 }), undefined)).to.equal(canGenerateCode)
    expect(isKnownValid(given(Item, { name: '', extra: 1 }), { whitelist: true })).to.equal(false)

    class Custom {
      @cv.ValidateBy({ name: 'custom', validator: { validate: () => true } }) value: unknown
    }
    class Promised {
      @cv.ValidatePromise() value: unknown
    }
    for (const type of [Custom, Promised, Object]) expect(isKnownValid(new type(), undefined)).to.equal(false)
  })

  it('leave keys without rules out or refuse them, with whitelist, at every depth', () => {
    class Inner {
      @cv.IsInt() n = 1
    }
    class Outer {
      @cv.ValidateNested() inner: unknown
    }
    const make = () => given(Outer, { inner: given(Inner, { extra: 1 }), toString: 1, constructor: Outer, more: 2 })
    const [one, other] = [make(), make()]
    cv.validateSync(one, { whitelist: true })
    validateSync(other, { whitelist: true })
    expect(Object.keys(other)).to.deep.equal(Object.keys(one))
    expect(other.inner).to.deep.equal(new Inner())
    expect(failed(make(), { whitelist: true, forbidNonWhitelisted: true })).to.deep.equal([
      'whitelistValidation',
      'whitelistValidation',
    ])
  })

  it('throw for a valid item of a map whose key cannot be written as text', () => {
    class Item {
      @cv.IsOptional() @cv.ValidateNested() items: unknown
    }
    const map = (key: unknown) => given(Item, { items: new Map([[key, new Item()]]) })
    for (const key of [null, undefined, Object.create(null)]) expect(() => failed(map(key))).to.throw(TypeError)
    for (const key of ['k', 1, Symbol('k'), {}]) expect(failed(map(key))).to.deep.equal([])
  })

  it('overflow the stack on circular objects, as class-validator does', () => {
    class Node {
      @cv.IsOptional() @cv.ValidateNested() next: unknown
      @cv.IsOptional() @cv.IsInt() n: unknown
    }
    for (const n of [1, 'x']) {
      const node = given(Node, { n })
      node.next = node
      expect(() => cv.validateSync(node)).to.throw(RangeError, 'Maximum call stack size exceeded')
      expect(() => validateSync(node)).to.throw(RangeError, 'Maximum call stack size exceeded')
      expect(() => validate(node)).to.throw(RangeError, 'Maximum call stack size exceeded')
    }
  })

  it('throw at once what class-validator throws at once, and reject in validateOrReject', async () => {
    class Faulty {
      @cv.ValidateIf(() => {
        throw new Error('a faulty condition')
      })
      value: unknown
    }
    for (const object of [new Faulty(), null, undefined, Object.create(null)] as Faulty[]) {
      const { thrown } = attempt(() => cv.validateSync(object))
      expect(thrown).to.be.instanceOf(Error)
      const { message } = thrown as Error
      expect(() => validateSync(object)).to.throw(message)
      expect(() => void validate(object)).to.throw(message)
      const rejected: unknown = await validateOrReject(object).catch((error: unknown) => error)
      expect(rejected).to.have.property('message', message)
    }
  })

  it('warn where class-validator warns, with enableDebugMessages', () => {
    const warnings: unknown[] = []
    const { warn } = console
    console.warn = (text: unknown) => warnings.push(text)
    try {
      cv.validateSync({}, { enableDebugMessages: true })
      validateSync({}, { enableDebugMessages: true })
      class Known {
        @cv.IsInt() n = 1
      }
      validateSync(new Known(), { enableDebugMessages: true })
    } finally {
      console.warn = warn
    }
    expect(warnings).to.have.length(2)
    expect(warnings[1]).to.equal(warnings[0])
  })

  it('take no text of the metadata for code', () => {
    const scope = globalThis as { ran?: boolean }
    const attack = `"];globalThis.ran=true//'\`\${globalThis.ran=true}\\\n\u2028*/`
    const type = class {}
    Object.defineProperty(type, 'name', { value: attack })
    const names = [
      attack,
      'a b',
      '0',
      'object',
      'whitelist',
      'arguments',
      'é',
      '',
      '\u2028',
      'return',
      'x'.repeat(10_000),
    ]
    for (const name of names) {
      const decorate = (decorator: PropertyDecorator) => decorator(type.prototype, name)
      decorate(cv.IsIn([attack, `${attack}2`]))
      decorate(cv.IsEnum({ [attack]: attack }, { message: attack }))
      decorate(cv.Matches(/globalThis\.ran=true\/\/'`/))
      decorate(cv.Matches(attack.replace(/[$()*+?[\\\]{}|]/g, '\\$&'), 'm'))
      decorate(cv.Contains(attack))
      decorate(cv.Equals(attack, { groups: [attack], context: { [attack]: attack } }))
    }
    const object = new type()
    for (const name of names) Object.assign(object, { [name]: attack })
    expect(failed(object)).to.deep.equal([])
    expect(isKnownValid(object, { whitelist: true })).to.equal(canGenerateCode)
    expect(failed(Object.assign(new type(), object, { object: 'x' }), { groups: [attack] })).to.include('equals')
    expect(scope.ran).to.equal(undefined)
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const Bad = class {}
      cv.IsInt()(Bad.prototype, name)
      expect(() => failed(new Bad())).to.throw(TypeError, 'push is not a function')
    }
  })
})
