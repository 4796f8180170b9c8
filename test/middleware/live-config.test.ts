import { Body, Get, Post, Route } from '@lokstra/core'
import { Allow } from 'class-validator'
import { expect } from 'chai'

import { startLive } from '../helpers/live-config.js'

class Anything {
  @Body('*') @Allow() body: unknown
}

@Route('/')
class Home {
  @Get() home() {}
  @Post() take(input: Anything) {
    return input.body
  }
}

const installed = ['@lokstra/core', '@lokstra/middleware', 'class-validator']
const start = (yaml: string) => startLive(yaml, { controllers: [Home] }, installed)

describe('middleware of a running server', () => {
  it('cors allows the origins of a new configuration, and keeps the old ones when the new are wrong', async () => {
    const yaml = (origin: string) => `middleware: [cors: { origins: ['${origin}'] }]`
    await using live = await start(yaml('https://a.example'))
    const allowed = async (origin: string) =>
      (await live.test.fetch('/', { headers: { origin } })).headers.get('access-control-allow-origin')
    expect(await allowed('https://a.example')).to.equal('https://a.example')
    const report = await live.change(yaml('https://b.example'))
    expect(report).to.deep.include({ applied: ['middleware[0].cors.origins'], needsRestart: [] })
    expect(await allowed('https://a.example')).to.equal(null)
    expect(await allowed('https://b.example')).to.equal('https://b.example')

    const refused = await live.change(yaml('b.example'))
    expect(refused.problems.map(({ code, where }) => `${code} ${where.join().slice(-17)}`)).to.deep.equal([
      'E_CORS_ORIGIN lokstra.yaml:1:20',
    ])
    expect(await allowed('https://b.example')).to.equal('https://b.example')
  })

  it('bodyLimit and requestLogger take new limits', async () => {
    const yaml = (limit: number, slow: string) =>
      `middleware: [requestLogger: { slow: ${slow} }, bodyLimit: { limit: ${limit} }]`
    await using live = await start(yaml(100, '1h'))
    const send = () =>
      live.test.fetch('/', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' })
    expect((await send()).status).to.equal(200)
    await live.change(yaml(3, '0'))
    expect((await send()).status).to.equal(413)
    await live.test.dispose()
    const lines = live.test.logs.filter(({ message }) => message === 'request')
    expect(lines.map(({ fields }) => [fields.status, fields.slow])).to.deep.equal([
      [200, undefined],
      [413, true],
    ])
  })
})
