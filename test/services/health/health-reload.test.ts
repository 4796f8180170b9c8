import { Service } from '@lokstra/core'
import { Health, HealthCheck } from '@lokstra/services/health'
import { expect } from 'chai'

import { startLive } from '../../helpers/live-config.js'

@Service({ eager: true })
class Broken {
  @HealthCheck({ cacheMs: 0 }) check(): void {
    throw new Error('the disk is full')
  }
}

describe('health, while it runs', () => {
  it('shows clients why a check failed as soon as its configuration says so', async () => {
    const yaml = (details: boolean) =>
      `services: { health: { type: health, details: ${details} } }\napps: [{ name: app, controllers: [health] }]`
    await using live = await startLive(yaml(false), { services: [Broken] }, ['@lokstra/services'])
    const report = async () => (await live.test.fetch('/health/ready')).text()
    expect(await report()).to.not.include('the disk is full')
    const { applied } = await live.change(yaml(true))
    expect(applied).to.deep.equal(['services.health.details'])
    expect(await report()).to.include('the disk is full')
    expect(live.test.server.get(Health)).to.be.instanceOf(Health)
  })
})
