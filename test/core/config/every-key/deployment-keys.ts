import { expect } from 'chai'

import { describeFailure } from './describe-failure.js'
import type { KeyCases } from './key-case.js'
import { probe, probeApp, startYaml } from './yaml-server.js'

const yaml = (deployment: string) => probeApp('', `deployments: { split: { ${deployment} } }`)
const start = (deployment: string) => startYaml(yaml(deployment), { code: { ...probe, server: 'split.users' } })

const withId = 'middleware: [requestId]'

export const deploymentKeys: KeyCases = {
  async 'ServerConfig.deployments'() {
    await using server = await start(`${withId}, servers: { users: null }`)
    expect((await server.request('/probe')).headers.has('x-request-id')).to.equal(true)
    await using alone = await startYaml(yaml(withId), { code: probe })
    expect((await alone.request('/probe')).headers.has('x-request-id')).to.equal(false)
  },
  async 'deployments.deployment.servers'() {
    await using server = await start(
      `${withId}, servers: { users: { middleware: [{ requestId: { header: x-own } }] } }`,
    )
    expect((await server.request('/probe')).headers.has('x-own')).to.equal(true)
  },
  async 'deployments.server.url'() {
    await using server = await start(`servers: { users: { url: 'http://users:3001' } }`)
    expect((await server.request('/probe')).status).to.equal(200)
    expect(await describeFailure(start('servers: { users: { url: users } }'))).to.match(
      /servers\.users\.url must be an address/,
    )
  },
}
