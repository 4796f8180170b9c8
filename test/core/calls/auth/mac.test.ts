import { createHmac } from 'node:crypto'

import { expect } from 'chai'
import fc from 'fast-check'

import { Mac } from '../client/internals.js'

const byNode = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('base64url')

describe('the code of a text', () => {
  // Of the test cases those whose keys are text.
  for (const [secret, text, code] of [
    ['Jefe', 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['\u000b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  ] as const) {
    it(`is that of RFC 4231 for "${text}"`, () => {
      expect(Buffer.from(new Mac(secret).sign(text), 'base64url').toString('hex')).to.equal(code)
    })
  }

  it('is the HMAC-SHA256 that Node gives, whatever the secret and however long the text and the bytes behind it are', () => {
    const any = (maxLength: number) => fc.string({ unit: 'binary', maxLength })
    const long = fc.tuple(any(20), fc.integer({ min: 1, max: 2_000 })).map(([part, times]) => part.repeat(times))
    const text = fc.oneof(any(100), long)
    fc.assert(
      fc.property(any(200), fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), (secret, texts) => {
        const mac = new Mac(secret)
        for (const [head, body] of texts) {
          const expected = byNode(secret, head + body)
          expect(mac.sign(head, body)).to.equal(expected)
          expect(mac.sign(head, Buffer.from(body))).to.equal(expected)
          expect(mac.sign(head + body)).to.equal(expected)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is right at the lengths where something changes', () => {
    for (const length of [63, 64, 65, 16_383, 16_384, 16_385, 16_386]) {
      const [secret, text] = ['s'.repeat(length), 't'.repeat(length)]
      expect(new Mac(secret).sign(text)).to.equal(byNode(secret, text))
      expect(new Mac(secret).sign('\uffff'.repeat(length))).to.equal(byNode(secret, '\uffff'.repeat(length)))
    }
  })
})
