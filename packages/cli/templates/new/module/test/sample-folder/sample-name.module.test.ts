import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { SampleNameModule } from '../../src/sample-folder/sample-name.module.js'

describe('SampleNameModule', () => {
  it('brings its controller', async () => {
    const server = await createTestServer({ modules: [SampleNameModule] })
    const answer = await server.inject('GET', '/sample-path/status')
    expect(answer.status).to.equal(200)
    expect(answer.json().data).to.deep.equal({ module: 'sampleName' })
  })
})
