import { setImmediate as unattended } from 'node:timers/promises'

import * as lokstra from '@lokstra/core'
import { expect } from 'chai'
import * as cv from 'class-validator'
import fc from 'fast-check'

import { isolate } from './isolate.js'
import { build, oneCase, type Case } from './random-cases.js'
import { classDesign, declare, decoration } from './random-classes.js'
import { copyErrors, difference, type Outcome } from './same-errors.js'
import { Snapshot } from './snapshot.js'
import { questions } from './user-rules.js'

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
/** Fewer where the same is run once more: see without-code-generation.test.ts. */
const wanted = Number(process.env.VALIDATION_CASES ?? 200_000)
const casesPerClass = 50

type Validator = Pick<typeof cv, Case['call']>

async function attempt(validator: Validator, given: unknown, { call, options }: Case): Promise<Outcome> {
  const object = given as object
  try {
    if (call === 'validateSync') return { errors: copyErrors(validator.validateSync(object, options)) }
    if (call === 'validate') return { errors: await validator.validate(object, options).then(copyErrors) }
    return await validator.validateOrReject(object, options).then(
      () => ({ errors: [] }),
      (thrown: unknown) =>
        Array.isArray(thrown) ? { errors: copyErrors(thrown as cv.ValidationError[]) } : { thrown },
    )
  } catch (thrown) {
    return { thrown }
  }
}

/** What a validation asked of the user's rules, and what it left of the object. */
async function observe(validator: Validator, object: unknown, one: Case) {
  questions.length = 0
  const outcome = await attempt(validator, object, one)
  // What nobody waited for would ask its questions during the next validation.
  await unattended()
  return { outcome, asked: questions.join('\n'), left: one.options?.whitelist ? new Snapshot(object).text : '' }
}

describe('validate and its like', () => {
  const listeners = process.listeners('unhandledRejection')
  before(() => {
    // class-validator leaves promises of rules unattended in validateSync and behind promised values.
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', () => undefined)
  })
  after(() => {
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  })

  it(`agree with class-validator on ${wanted} random validations`, async () => {
    console.log(`      seed ${seed}`)
    const counts = { cases: 0, valid: 0, invalid: 0, thrown: 0 }
    let hasFailed = false
    const late = fc.option(fc.record({ at: fc.nat(casesPerClass - 1), decoration }, { noNullPrototype: true }), {
      freq: 3,
    })
    const property = fc.asyncProperty(
      classDesign,
      fc.array(oneCase, { minLength: 1, maxLength: casesPerClass, size: 'max' }),
      late,
      async (design, cases, added) => {
        if (counts.cases >= wanted && !hasFailed) return
        const restore = isolate()
        try {
          const classes = declare(design)
          for (const [index, one] of cases.entries()) {
            if (added?.at === index) classes.decorate(added.decoration)
            const object = build(one, design, classes)
            // Only whitelisting takes properties away.
            const before = one.options?.whitelist ? new Snapshot(object) : undefined
            const expected = await observe(cv, object, one)
            before?.restore()
            const actual = await observe(lokstra, object, one)
            before?.restore()
            counts.cases++
            counts[expected.outcome.errors ? (expected.outcome.errors.length > 0 ? 'invalid' : 'valid') : 'thrown']++
            const found =
              difference(expected.outcome, actual.outcome) ??
              (expected.asked === actual.asked ? undefined : `asked\n${actual.asked}\nnot\n${expected.asked}`) ??
              (expected.left === actual.left ? undefined : `left ${actual.left}, not ${expected.left}`)
            if (found === undefined) continue
            // From now on fast-check looks for the smallest counterexample.
            hasFailed = true
            throw new Error(`case ${index}: ${found}`)
          }
        } finally {
          restore()
        }
      },
    )
    await fc.assert(property, { seed, numRuns: wanted / 5 })
    console.log(`      ${JSON.stringify(counts)}`)
    expect(counts.cases).to.be.at.least(wanted)
    // Neither all is refused nor all accepted: both answers are compared.
    expect(counts.valid).to.be.above(wanted / 20)
    expect(counts.invalid).to.be.above(wanted / 4)
  }).timeout(300_000)
})
