import { expect } from 'chai'
import fc from 'fast-check'

import type * as ParsePairs from '../../../packages/core/dist/binding/parse-pairs.js'
import { load } from '../../helpers/core-internals.js'

const { parsePairs } = await load<typeof ParsePairs>('binding/parse-pairs.js')

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
const limits = { keys: 1_000, depth: 32 }

const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    'page',
    'constructor',
    'toString',
    '1',
    'é',
    '=',
    '=',
    '=',
    '&',
    '&',
    '&',
    '&&',
    '==',
    '?',
    '#',
    '/',
    ' ',
  ],
  ...['+', '%20', '%', '%zz', '%3D', '%26', '.', '[', ']', '[a]', '[]', '_', 'c', '__proto'],
  ...['%C3%A9', '%c3', '%FF', '%F0%9F%98', '%ED%A0%80', '%2541', '%4'],
)

/** As the URL standard reads them, those of one name in a list. */
function standardPairs(text: string): [string, unknown][] {
  const pairs: Record<string, string | string[]> = {}
  // The sign in front keeps a question mark from being left out, and Node misreads letters beside malformed escapes.
  for (const [name, value] of new URLSearchParams(`&${text.replaceAll('é', '%C3%A9')}`)) {
    const present = Object.hasOwn(pairs, name) ? pairs[name] : undefined
    pairs[name] = present === undefined ? value : [present, value].flat()
  }
  return Object.entries(pairs)
}

describe('names and values of queries and forms', () => {
  it(`are those of the URL standard (seed ${seed})`, () => {
    let plain = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        fc.pre(!/__proto__|constructor.*prototype/.test(text))
        if (!/[%+.[]/.test(text)) plain++
        expect(Object.entries(parsePairs(text, limits, 'query')), text).to.deep.equal(standardPairs(text))
      }),
      { seed, numRuns: 20_000 },
    )
    expect(plain).to.be.above(1_000)
  })

  it('inherit nothing', () => {
    const pairs = parsePairs('a=1', limits, 'query')
    expect(pairs).to.not.have.property('toString')
    expect(parsePairs('toString=1&toString=2', limits, 'query').toString).to.deep.equal(['1', '2'])
  })

  for (const text of [
    '__proto__=1',
    'a=1&__proto__',
    'a[__proto__]=1',
    'a.__proto__=1',
    '%5F_proto__=1',
    'constructor.prototype=1',
  ]) {
    it(`may not reach for prototypes: ${text}`, () => {
      expect(() => parsePairs(text, limits, 'query'))
        .to.throw()
        .with.nested.property('fields[0].code', 'malformed')
    })
  }

  for (const end of ['', '%20', '.', '&&&']) {
    it(`are refused where there are too many: a=1&a=1…${end}`, () => {
      const many = 'a=1&'.repeat(limits.keys - 1)
      expect(() => parsePairs(`${many}a=1&b=${end}`, limits, 'form' as never)).to.throw()
      expect(parsePairs(`${many}a=1`, limits, 'query').a).to.have.length(limits.keys)
    })
  }
})
