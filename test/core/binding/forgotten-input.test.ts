import { setImmediate } from 'node:timers/promises'

import { bind, ConflictError, Field } from '@lokstra/core'
import { expect } from 'chai'
import { Transform } from 'class-transformer'
import { IsInt, IsString, ValidateNested } from 'class-validator'

import { collectGarbage } from '../../helpers/collect-garbage.js'

class Inner {
  @IsInt() count!: number
}
class Outer {
  @Field({ type: () => Inner }) @ValidateNested() inner!: Inner
  @Transform(() => {
    throw new ConflictError('taken')
  })
  @IsString()
  name!: string
}

describe('input that a transform ends with an exception', () => {
  it('is not kept', async () => {
    const bindWrong = () => {
      const inner = { count: 'x' }
      expect(() => bind(Outer, { inner, name: 'a' })).to.throw(ConflictError)
      return new WeakRef(inner)
    }
    const kept = [1, 2, 3, 4].map(bindWrong)
    await setImmediate()
    collectGarbage()
    expect(kept.map((reference) => reference.deref())).to.deep.equal([undefined, undefined, undefined, undefined])
  })
})
