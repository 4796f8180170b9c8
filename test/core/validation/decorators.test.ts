import { validate, validateSync } from '@lokstra/core'
import { expect } from 'chai'
import * as cv from 'class-validator'

import { decorators, otherExports, registerTableConstraints, type TableEntry } from './decorator-table.js'
import { isolate } from './isolate.js'
import { attempt, difference } from './same-errors.js'

/** Each option that a decorator takes, alone and where it says something with others. */
const optionSets: Readonly<Record<string, cv.ValidationOptions>> = {
  none: {},
  each: { each: true },
  message: { message: '$property of $target is $value, not $constraint1 or $constraint2' },
  'message function': {
    message: ({ property, constraints }) => `${property} $property ${String(constraints?.length)}`,
  },
  groups: { groups: ['g'] },
  always: { groups: ['g'], always: true },
  never: { always: false },
  validateIf: { validateIf: (_object, value) => typeof value !== 'string' },
  context: { context: { code: 7 } },
}

const validatorOptions: readonly cv.ValidatorOptions[] = [
  {},
  { groups: ['g'] },
  { groups: ['other'], always: true },
  { strictGroups: true },
  { dismissDefaultMessages: true, stopAtFirstError: true },
  { skipMissingProperties: true, validationError: { target: false, value: false } },
]

const values = ({ good, bad }: TableEntry) => [
  ...good,
  ...bad,
  [...good],
  new Set(bad),
  new Map([['k', bad[0]]]),
  undefined,
  null,
]

describe('the decorators of class-validator', () => {
  let restore: () => void
  beforeEach(() => {
    restore = isolate()
    registerTableConstraints()
  })
  afterEach(() => restore())

  it('are all listed here: one of a later version fails until it is', () => {
    const exported = Object.entries(cv)
      .filter(
        ([name, value]) => /^[A-Z][a-z]|^IsBIC$/.test(name) && typeof value === 'function' && !otherExports.has(name),
      )
      .map(([name]) => name)
    expect(Object.keys(decorators).sort()).to.deep.equal(exported.sort())
  })

  for (const [name, entry] of Object.entries(decorators)) {
    it(`@${name} accepts and refuses as there, with each option`, async () => {
      for (const [kind, options] of Object.entries(optionSets)) {
        for (let pick = 0; pick < 4; pick++) {
          class Subject {}
          entry.make(options, pick)(Subject.prototype, 'field')
          for (const value of values(entry)) {
            const object = Object.assign(new Subject(), { field: value })
            for (const option of validatorOptions) {
              const expected = attempt(() => cv.validateSync(object, option))
              const found = difference(
                expected,
                attempt(() => validateSync(object, option)),
              )
              expect(found, `${kind}, arguments ${pick}, ${String(value)}, ${JSON.stringify(option)}`).to.equal(
                undefined,
              )
            }
          }
        }
      }
      const object = Object.assign(new (subjectOf(entry))(), { field: entry.good[0] })
      expect(await validate(object)).to.deep.equal([])
    })

    it(`@${name} passes the good values of this table and none of the bad ones`, () => {
      const type = subjectOf(entry)
      const passes = (value: unknown) => cv.validateSync(Object.assign(new type(), { field: value })).length === 0
      expect(entry.good.filter((value) => !passes(value))).to.deep.equal([])
      expect(entry.bad.filter((value) => passes(value))).to.deep.equal([])
    })
  }
})

function subjectOf(entry: TableEntry): new () => object {
  class Subject {}
  entry.make({}, 0)(Subject.prototype, 'field')
  return Subject
}
