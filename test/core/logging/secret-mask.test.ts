import { secretMask } from '@lokstra/core'
import { expect } from 'chai'

describe('the mask of secrets', () => {
  it('hides the longest of secrets that begin alike, wherever they stand', () => {
    secretMask.remember(['mask-abc', 'mask-abcdef', ''])
    expect(secretMask.apply('mask-abcdef,mask-abc-mask-abcdef')).to.equal('***,***-***')
    expect(secretMask.apply('mask-ab')).to.equal('mask-ab')
  })

  it('hides short ones only where they are the whole value', () => {
    secretMask.remember(['q7'])
    expect(secretMask.apply('q7 and more')).to.equal('q7 and more')
    expect(secretMask.applyToValue('q7')).to.equal('***')
  })

  it('knows them as they stand in JSON and in URLs, in either case of the escapes', () => {
    secretMask.remember(['mask "ü/+'])
    const url = new URL('http://user@host/')
    url.password = 'mask "ü/+'
    for (const text of [JSON.stringify('mask "ü/+').slice(1, -1), url.password, encodeURIComponent('mask "ü/+')]) {
      expect(secretMask.apply(`<${text}>`)).to.equal('<***>')
      expect(secretMask.apply(`<${text.replace(/%../g, (byte) => byte.toLowerCase())}>`)).to.equal('<***>')
    }
    secretMask.remember(['mask-\ud800-half'])
    expect(secretMask.apply('mask-\ud800-half')).to.equal('***')
  })

  it('forgets the oldest of more than a thousand', () => {
    secretMask.remember(['mask-oldest'])
    secretMask.remember(Array.from({ length: 1_000 }, (_, index) => `mask-number-${index}-`))
    expect(secretMask.apply('mask-oldest mask-number-0- mask-number-999-')).to.equal('mask-oldest *** ***')
  })
})
