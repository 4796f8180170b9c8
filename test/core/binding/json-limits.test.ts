import { expect } from 'chai'
import fc from 'fast-check'
import { parse } from 'secure-json-parse'

import type * as Json from '../../../packages/core/dist/binding/body-parsers/json.js'
import type * as JsonText from '../../../packages/core/dist/binding/body-parsers/json-text.js'
import { load } from '../../helpers/core-internals.js'

const { parseJson } = await load<typeof Json>('binding/body-parsers/json.js')
const { findJsonExcess } = await load<typeof JsonText>('binding/body-parsers/json-text.js')

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)

/** The plain way: count every character first, then let the library look at every key. */
function verdictOf(text: string, limits: JsonText.JsonLimits): unknown {
  const excess = findJsonExcess(text, limits)
  if (excess !== undefined) return excess
  try {
    return { value: parse(text) as unknown }
  } catch (error) {
    return (error as Error).message.includes('forbidden prototype') ? 'poisoned' : 'invalid'
  }
}

const words = {
  'nested deeper': 'depth',
  'more than .* keys': 'keys',
  'more than .* items': 'items',
  forbidden: 'poisoned',
  'not valid': 'invalid',
}

function verdict(text: string, limits: JsonText.JsonLimits): unknown {
  try {
    return { value: parseJson(text, limits) }
  } catch (error) {
    const { message } = (error as { fields: readonly { message: string }[] }).fields[0]!
    return Object.entries(words).find(([word]) => new RegExp(word).test(message))?.[1] ?? message
  }
}

const limits = fc.record({
  depth: fc.integer({ min: 1, max: 4 }),
  keys: fc.integer({ min: 1, max: 4 }),
  items: fc.integer({ min: 1, max: 5 }),
})
const key = fc.constantFrom('a', '', '{[', ',:', '__proto__', 'constructor', 'prototype', '"')
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(null, true, 0, '', '{', ']', '\\', '"', 'constructor', '\ufeff'),
    fc.array(tie('any'), { maxLength: 6 }),
    fc.array(fc.tuple(key, tie('any')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
}))
const text = fc.tuple(value.any, fc.constantFrom(0, 1), fc.boolean()).map(([one, space, escaped]) => {
  const written = JSON.stringify(one, undefined, space)
  return escaped ? written.replaceAll('_', '\\u005f').replaceAll('c', '\\u0063') : written
})
const broken = fc.oneof(
  fc.tuple(text, fc.nat()).map(([whole, at]) => whole.slice(0, at % (whole.length + 1))),
  fc
    .array(fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', '0', '"__proto__":', ' '), { maxLength: 30 })
    .map((parts) => parts.join('')),
)

describe('the limits of a JSON body', () => {
  it(`give the verdicts of a full count (seed ${seed})`, () => {
    const seen = new Map<unknown, number>()
    fc.assert(
      fc.property(fc.oneof(text, broken), limits, (body, bounds) => {
        const expected = verdictOf(body, bounds)
        seen.set(expected instanceof Object ? 'valid' : expected, 1)
        expect(verdict(body, bounds), body).to.deep.equal(expected)
      }),
      { seed, numRuns: 20_000 },
    )
    expect([...seen.keys()].sort()).to.deep.equal(['depth', 'invalid', 'items', 'keys', 'poisoned', 'valid'])
  })
})
