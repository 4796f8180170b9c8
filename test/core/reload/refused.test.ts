import { rm } from 'node:fs/promises'

import { expect } from 'chai'

import { Context, createServer, Get, Route } from '@lokstra/core'

import { rejection } from '../../helpers/boot-problems.js'
import { startLive } from '../../helpers/live-config.js'

@Route('/')
class Limits {
  @Get('/limits') limits(ctx: Context) {
    return ctx.app.limits.keys
  }
}

const controllers = [Limits]
const app = (rest: string) => `apps: [{ name: app, ${rest} }]`

describe('a configuration with mistakes', () => {
  it('is refused with all of them, and the server goes on with the last good one', async () => {
    await using live = await startLive(app('limits: { keys: 5 }'), { controllers })
    await live.change(app('limits: { keys: 6 }'))
    const report = await live.change(`${app('limits: { keys: 0, body: much }, lisen: 3')}\nmiddleware: [nothing]\n`)
    expect(report.outcome).to.equal('refused')
    expect(report.applied).to.deep.equal([])
    const problems = report.problems.map(({ code, where }) => `${code} ${where[0]!.replace(/^.*lokstra.yaml/, '')}`)
    expect(problems).to.include.members([
      'E_CONFIG_VALUE_INVALID :1:37',
      'E_CONFIG_VALUE_INVALID :1:46',
      'E_CONFIG_KEY_UNKNOWN :1:54',
    ])
    expect(await (await live.test.fetch('/limits')).json()).to.have.property('data', 6)

    const good = await live.change(app('limits: { keys: 7 }'))
    expect(good.changes).to.deep.equal([{ path: 'apps.app.limits.keys', previous: '6', next: '7' }])
    expect(await (await live.test.fetch('/limits')).json()).to.have.property('data', 7)
  })

  it('is logged once with places and advice, however often it is read', async () => {
    await using live = await startLive(app(''), { controllers })
    for (let time = 0; time < 3; time++) await live.change('apps: [{ name: app ')
    const errors = () => live.test.logs.filter(({ level }) => level === 'error')
    expect(errors()).to.have.length(1)
    expect(errors()[0]!.message).to.equal('configuration refused: the previous one stays')
    const [problem] = errors()[0]!.fields.problems as { code: string; at: string; fix: string }[]
    expect(problem).to.include({ code: 'E_CONFIG_SYNTAX' }).and.to.have.property('fix').that.is.not.empty
    expect(problem!.at).to.match(/lokstra\.yaml:1:\d+$/)
    await live.change(app('limits: { keys: 8 }'))
    await live.change('apps: [{ name: app ')
    expect(errors()).to.have.length(2)
  })

  it('is refused as well when the file is gone', async () => {
    await using live = await startLive(app(''), { controllers })
    await rm(`${live.folder}/lokstra.yaml`)
    const report = await live.test.server.reload()
    expect(report.problems.map(({ code }) => code)).to.deep.equal(['E_CONFIG_FILE'])
    expect((await live.test.fetch('/limits')).status).to.equal(200)
  })
})

describe('reload()', () => {
  it('is refused before the server is ready and after it has stopped', async () => {
    const server = createServer({ apps: [{ listen: '127.0.0.1:0', controllers }] })
    expect(await rejection(server.reload())).to.include({ code: 'E_SERVER_STATE' })
    await server.start()
    expect(await server.reload()).to.have.property('outcome', 'unchanged')
    await server.stop()
    expect((await rejection(server.reload())).problem).to.include('stopped')
  })

  it('that is asked for during a reload runs once more after it, for all who asked', async () => {
    await using live = await startLive(app('limits: { keys: 5 }'), { controllers })
    await live.write(app('limits: { keys: 6 }'))
    const { server } = live.test
    const reports = await Promise.all([server.reload(), server.reload(), server.reload()])
    expect(reports.map(({ outcome }) => outcome)).to.deep.equal(['applied', 'unchanged', 'unchanged'])
    expect(reports[1]).to.equal(reports[2])
  })
})
