import type { Class } from '@lokstra/core'
import { expect } from 'chai'
import { Exclude, Expose, instanceToPlain, Transform } from 'class-transformer'
import fc from 'fast-check'

import { compileSerializer } from './internals.js'

const classes = 1_000
const rowsPerClass = 10

/** What the functions were called with since the list was emptied. */
let calls: string[] = []

const functions = {
  note: (value: unknown) => `was ${String(value)}`,
  keep: (value: unknown) => value,
  drop: () => undefined,
  fail: (value: unknown) => (value as string).length,
} as const

interface Field {
  readonly name: string
  readonly kind: 'exposed' | 'transformed' | 'both' | 'getter'
  readonly does: readonly (keyof typeof functions)[]
}

const fieldArb: fc.Arbitrary<Field> = fc.record({
  name: fc.constantFrom('a', 'b', 'id', '0', 'length'),
  kind: fc.constantFrom('exposed', 'transformed', 'both', 'getter'),
  does: fc.array(fc.constantFrom('note', 'keep', 'drop', 'fail'), { minLength: 1, maxLength: 2 }),
})
const fieldsArb = fc.uniqueArray(fieldArb, { selector: ({ name }) => name, minLength: 1, maxLength: 4 })
/** A row gives each field nothing, undefined, null or text. */
const rowArb = fc.array(fc.constantFrom('absent', undefined, null, 'x'), { minLength: 4, maxLength: 4 })

function classOf(fields: readonly Field[], isAllowList: boolean): Class<object> {
  const type = class Row {}
  for (const { name, kind, does } of fields) {
    if (kind === 'getter') {
      const get = function (this: Record<string, unknown>) {
        return this[`of ${name}`]
      }
      Object.defineProperty(type.prototype, name, { get, configurable: true })
    }
    if (kind !== 'transformed') Expose()(type.prototype, name)
    if (kind === 'exposed') continue
    for (const [index, what] of does.entries()) {
      Transform(({ value, key }: { value: unknown; key: string }) => {
        calls.push(`${key} ${index} ${String(value)}`)
        return functions[what](value)
      })(type.prototype, name)
    }
  }
  // What keeps the text behind a getter is no data.
  for (const { name } of fields) Exclude()(type.prototype, `of ${name}`)
  if (isAllowList) Exclude()(type)
  return type
}

function rowOf(type: Class<object>, fields: readonly Field[], values: readonly unknown[]): object {
  const row = new type()
  fields.forEach(({ name, kind }, index) => {
    const value = values[index]
    if (value === 'absent') return
    const property = kind === 'getter' ? `of ${name}` : name
    Object.defineProperty(row, property, { value, enumerable: true, configurable: true, writable: true })
  })
  return row
}

/** The data as JSON holds it and the calls it took, or that a function threw: which of several is first depends on the order of fields. */
function outcome(write: () => string): unknown {
  calls = []
  try {
    return { data: JSON.parse(write()) as unknown, calls: calls.sort() }
  } catch (error) {
    const { cause = error } = error as Error
    expect(cause).to.be.instanceOf(TypeError)
    return 'failed'
  }
}

describe('@Transform of an output', function () {
  this.timeout(120_000)

  it(`is asked for the fields for which class-transformer asks it (${classes * rowsPerClass} cases)`, () => {
    const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
    const serializer = compileSerializer({ kind: 'any' })
    const rowsArb = fc.array(rowArb, { minLength: rowsPerClass, maxLength: rowsPerClass })
    let absent = 0
    let failed = 0
    try {
      fc.assert(
        fc.property(fieldsArb, fc.boolean(), rowsArb, (fields, isAllowList, rows) => {
          const type = classOf(fields, isAllowList)
          for (const values of rows) {
            const row = rowOf(type, fields, values)
            const expected = outcome(() => JSON.stringify(instanceToPlain(row)))
            expect(outcome(() => serializer.write(row)!)).to.deep.equal(expected)
            expect(outcome(() => JSON.stringify(serializer.project(row)))).to.deep.equal(expected)
            if (values.slice(0, fields.length).includes('absent')) absent++
            if (expected === 'failed') failed++
          }
        }),
        { numRuns: classes, seed },
      )
    } finally {
      console.log(`      seed ${seed}: ${absent} rows without a field, ${failed} failures`)
    }
    expect(absent).to.be.greaterThan(classes)
    expect(failed).to.be.greaterThan(classes / 10)
  })
})
