import { expect } from 'chai'
import fc from 'fast-check'

import { callMetadataWriter, readCallMetadata } from '../client/internals.js'

describe('the metadata of a call', () => {
  it('is read as what was written, whatever the caller is called', () => {
    const hash = fc.constantFrom('A'.repeat(43), `${'-_'.repeat(21)}9`)
    const text = fc.string({ unit: 'grapheme' })
    const number = fc.integer({ min: 1, max: 2_000_000_000 })
    fc.assert(
      fc.property(text, number, number, fc.option(hash, { nil: undefined }), (caller, timeoutMs, attempt, contract) => {
        const metadata = callMetadataWriter(caller, contract === undefined ? undefined : () => contract)(
          timeoutMs,
          attempt,
        )
        expect(metadata).to.match(/^[!-~]*$/)
        expect(readCallMetadata(metadata)).to.deep.equal({ caller, timeoutMs, attempt, contract, signature: undefined })
      }),
    )
  })

  it('says nothing where it is missing', () => {
    const nothing = { caller: '', timeoutMs: undefined, attempt: 1, contract: undefined, signature: undefined }
    expect(readCallMetadata(undefined)).to.deep.equal(nothing)
  })

  it('is none with parts that are unknown, malformed, too large, twice there or in another order', () => {
    for (const text of [
      'a;b=1',
      'a;timeout=',
      'a;timeout=-1',
      'a;timeout=1e3',
      `a;timeout=${'9'.repeat(11)}`,
      'a;timeout=1;timeout=2',
      'a;attempt=2;timeout=1',
      'a;contract=short',
      'a;at=1',
      `a;mac=${'A'.repeat(43)}`,
      'a;timeout=1, b;timeout=1',
    ]) {
      expect(readCallMetadata(text), text).to.equal(undefined)
    }
    expect(readCallMetadata(['a', 'b'])).to.equal(undefined)
  })

  it('has a name as it is where that cannot be unescaped, and no time that a timer could not count', () => {
    expect(readCallMetadata('%zz;timeout=9999999999')).to.include({ caller: '%zz', timeoutMs: 2 ** 31 - 1 })
  })
})
