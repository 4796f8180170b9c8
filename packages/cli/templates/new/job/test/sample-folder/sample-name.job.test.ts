import { Service } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { SampleNameJob } from '../../src/sample-folder/sample-name.job.js'

/** Only services that something needs are constructed. */
@Service({ eager: true })
class Caller {
  constructor(readonly job: SampleNameJob) {}
}

describe('SampleNameJob', () => {
  it('says that it ran', async () => {
    const server = await createTestServer({ services: [SampleNameJob, Caller] })
    await server.get(SampleNameJob).run()
    expect(server.logs.map(({ message }) => message)).to.include('ran sample-words')
  })
})
