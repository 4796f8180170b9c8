import { bind, ValidationError } from '@lokstra/core'
import { expect } from 'chai'

import { CreateSampleName } from '../../src/sample-folder/sample-name.dto.js'

describe('CreateSampleName', () => {
  it('takes a name', () => {
    expect(bind(CreateSampleName, { name: 'first' }))
      .to.be.instanceOf(CreateSampleName)
      .and.include({ name: 'first' })
  })

  it('refuses an empty name', () => {
    expect(() => bind(CreateSampleName, { name: '' })).to.throw(ValidationError)
  })
})
