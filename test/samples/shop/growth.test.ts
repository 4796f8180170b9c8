import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect } from 'chai'
import fc from 'fast-check'

import type * as Growth from '../../../samples/shop/dist/chaos/growth.js'
import { shopFolder } from './shop.js'

const { growthOf } = (await import(pathToFileURL(join(shopFolder, 'dist/chaos/growth.js')).href)) as typeof Growth

const noise = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 40, maxLength: 200 })

describe('growth over time', () => {
  it('is seen through noise that is as large as what is added in five steps', () => {
    fc.assert(
      fc.property(noise, fc.double({ min: 0.2, max: 50, noNaN: true }), (values, step) => {
        const growth = growthOf(values.map((value, index) => 100 + index * step + value * step * 2.5))
        // From the end of the warm-up, within what noise can do.
        const whole = step * (Math.floor(values.length * 0.75) - 1)
        expect(growth).to.be.within(whole * 0.5, whole * 1.5)
      }),
    )
  })

  it('is none where values stay as they are, fall, or rise at the start only', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 300 }), fc.double({ min: 0, max: 10, noNaN: true }), (count, step) => {
        const indexes = Array.from({ length: count }, (_, index) => index)
        expect(growthOf(indexes.map(() => 40))).to.equal(0)
        expect(growthOf(indexes.map((index) => 1_000 - index * step))).to.equal(0)
        expect(growthOf(indexes.map((index) => Math.min(index, Math.ceil(count / 4)) * step))).to.equal(0)
      }),
    )
  })

  it('is none where single samples stand out, however far', () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 39 }), fc.double({ min: 1, max: 1e6, noNaN: true }), (at, height) => {
        const values = Array.from({ length: 40 }, (_, index) => (index === at ? 40 + height : 40))
        expect(growthOf(values)).to.equal(0)
      }),
    )
  })

  it('is not told from a few samples', () => {
    expect(growthOf([1, 2, 3, 4, 5, 6, 7, 8, 9])).to.equal(0)
  })
})
