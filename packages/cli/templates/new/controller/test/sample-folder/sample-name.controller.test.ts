import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { SampleNameController } from '../../src/sample-folder/sample-name.controller.js'

describe('GET /sample-path', () => {
  it('answers with a list', async () => {
    const server = await createTestServer({ controllers: [SampleNameController] })
    const answer = await server.inject('GET', '/sample-path')
    expect(answer.status).to.equal(200)
    expect(answer.json().data).to.deep.equal([])
  })
})
