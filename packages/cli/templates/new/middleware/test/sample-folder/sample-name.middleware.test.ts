import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { SampleNameMiddleware } from '../../src/sample-folder/sample-name.middleware.js'

describe('SampleNameMiddleware', () => {
  it('sets its header, on errors too', async () => {
    const server = await createTestServer({ apps: [{ middleware: [SampleNameMiddleware] }] })
    const answer = await server.inject('GET', '/nothing')
    expect(answer.status).to.equal(404)
    expect(answer.headers['x-sample-name']).to.equal('1')
  })

  it('takes the name of the header from its configuration', async () => {
    const server = await createTestServer({ apps: [{ middleware: [[SampleNameMiddleware, { header: 'x-other' }]] }] })
    expect((await server.inject('GET', '/nothing')).headers['x-other']).to.equal('1')
  })
})
