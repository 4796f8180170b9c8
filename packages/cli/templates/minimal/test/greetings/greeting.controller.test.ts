import { createTestServer, override, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { GreetingService } from '../../src/greetings/greeting.service.js'

describe('greetings', () => {
  let server: TestServer

  // The server of lokstra.yaml, in memory. It stops by itself after the test.
  beforeEach(async () => {
    server = await createTestServer({ file: 'lokstra.yaml' })
  })

  it('greet by name', async () => {
    const answer = await server.inject('GET', '/greetings/Ada')
    expect(answer.status).to.equal(200)
    expect(answer.json().data).to.deep.equal({ text: 'Hello, Ada!' })
  })

  it('know other languages', async () => {
    const answer = await server.inject('GET', '/greetings/Ada?language=id')
    expect(answer.json().data).to.deep.equal({ text: 'Halo, Ada!' })
  })

  it('refuse a language that they do not know', async () => {
    const answer = await server.inject('GET', '/greetings/Ada?language=xx')
    expect(answer.status).to.equal(400)
    expect(answer.json().error.fields[0]).to.include({ in: 'query', field: 'language', code: 'isIn' })
  })

  it('say what the service says', async () => {
    const other = await createTestServer({
      file: 'lokstra.yaml',
      overrides: [override(GreetingService, { greet: (name) => `Good morning, ${name}` })],
    })
    expect((await other.inject('GET', '/greetings/Ada')).json().data).to.deep.equal({ text: 'Good morning, Ada' })
  })
})
