import { Agent, request } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'

import { Context, Get, OnConfigReload, Route, Service } from '@lokstra/core'
import { IsInt } from 'class-validator'
import { expect } from 'chai'

import { collectGarbage } from '../../helpers/collect-garbage.js'
import { startLive } from '../../helpers/live-config.js'

const reloads = 1_000
// More of them would only take the time from the reloads.
const connections = 2

class PairConfig {
  @IsInt() first = 0
  @IsInt() second = 0
}

@Service({ config: PairConfig })
class Pair {
  config: PairConfig
  constructor(config: PairConfig) {
    this.config = config
  }
  @OnConfigReload() reconfigure(next: PairConfig) {
    this.config = next
  }
}

@Route('/')
class Shown {
  constructor(readonly pair: Pair) {}
  @Get() async show(ctx: Context) {
    const { limits } = ctx.app
    const { config } = this.pair
    await turn()
    return {
      keys: [limits.keys, ctx.app.limits.keys],
      items: ctx.app.limits.items,
      pair: [config.first, config.second],
    }
  }
}

const yaml = (value: number) => `
services: { pair: { type: Pair, first: ${value}, second: ${value} } }
apps: [{ name: api, limits: { keys: ${value}, items: ${value} } }]
`

interface Answer {
  readonly keys: readonly number[]
  readonly items: number
  readonly pair: readonly number[]
}

function get(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(url, { agent }, (res) => {
      let text = ''
      res.on('data', (chunk: Buffer) => (text += chunk.toString()))
      res.on('end', () => {
        if (res.statusCode === 200) resolve((JSON.parse(text) as { data: Answer }).data)
        else reject(new Error(`answered ${res.statusCode} ${text}`))
      })
      res.on('error', reject)
    })
    req.on('error', reject)
    req.end()
  })
}

const heapMb = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}
const listeners = () =>
  ['SIGHUP', 'SIGTERM', 'uncaughtException', 'exit'].reduce((sum, name) => sum + process.listenerCount(name), 0)
const timers = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'FSEventWrap').length
const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length

describe('configuration that changes under load', () => {
  it(`${reloads} times: no request fails, each sees one configuration, and nothing is left behind`, async function () {
    this.timeout(180_000)
    await using live = await startLive(yaml(1), {
      services: [Pair],
      apps: [{ name: 'api', controllers: [Shown] }],
      logLevel: 'warn',
    })
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    const url = live.test.url()
    let isOver = false
    let answered = 0
    const mixed: Answer[] = []
    const work = async () => {
      while (!isOver) {
        const answer = await get(url, agent)
        answered++
        if (new Set([...answer.keys, answer.items]).size > 1 || new Set(answer.pair).size > 1) mixed.push(answer)
      }
    }
    const workers = Array.from({ length: connections }, work)
    const change = async (from: number, to: number) => {
      for (let value = from; value <= to; value++) {
        const { outcome } = await live.change(yaml(value))
        if (outcome !== 'applied') throw new Error(`Reload ${value} was ${outcome}`)
      }
    }
    await change(2, reloads / 4)
    const before = { heap: heapMb(), listeners: listeners(), timers: timers(), sockets: sockets() }
    await change(reloads / 4 + 1, reloads)
    const after = { heap: heapMb(), listeners: listeners(), timers: timers(), sockets: sockets() }
    isOver = true
    await Promise.all(workers)
    agent.destroy()
    expect(mixed).to.deep.equal([])
    expect(answered).to.be.greaterThan(reloads)
    expect(after.listeners).to.equal(before.listeners)
    expect(after.sockets).to.equal(before.sockets)
    expect(after.timers).to.be.lessThan(before.timers + 5)
    // A configuration that stayed behind with its routes would be tens of kilobytes each time.
    expect(after.heap - before.heap).to.be.lessThan(15)
    expect((await get(url, new Agent())).keys[0]).to.equal(reloads)
  })
})
