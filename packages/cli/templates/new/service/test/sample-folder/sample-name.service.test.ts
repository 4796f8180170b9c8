import { Service } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { SampleNameService } from '../../src/sample-folder/sample-name.service.js'

/** Only services that something needs are constructed. */
@Service({ eager: true })
class Caller {
  constructor(readonly service: SampleNameService) {}
}

describe('SampleNameService', () => {
  it('lists and says so', async () => {
    const server = await createTestServer({ services: [SampleNameService, Caller] })
    expect(server.get(SampleNameService).list()).to.deep.equal([])
    expect(server.logs.map(({ message }) => message)).to.include('listing sample-words')
  })
})
