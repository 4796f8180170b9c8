import { Context, Get, Route, type Next, type ServerOptions } from '@lokstra/core'
import { FeatureFlags, flagTenant, flagUser } from '@lokstra/services/feature-flags'
import { expect } from 'chai'

import type { KeyCases } from './key-case.js'
import { Probe, probeApp, startYaml } from './yaml-server.js'

@Route('/flag')
class FlagReader {
  constructor(private readonly flags: FeatureFlags) {}

  @Get() async get(ctx: Context) {
    return { value: await this.flags.value('colour', 'none', ctx) }
  }
}

/** Who asks is told by headers, which only a test may believe. */
function identify(ctx: Context, next: Next): unknown {
  const { 'x-tenant': tenant, 'x-user': user } = ctx.headers as Record<string, string>
  if (tenant !== undefined) ctx.set(flagTenant, tenant)
  if (user !== undefined) ctx.set(flagUser, user)
  return next()
}

const code: ServerOptions = {
  apps: [{ name: 'api', controllers: [FlagReader, Probe], middleware: [identify] }],
}

/** The value of the flag `colour` for each who asks. */
async function valuesFor(flag: string, ...asking: Readonly<Record<string, string>>[]): Promise<unknown[]> {
  const services = `services: { flags: { type: featureFlags, flags: { colour: ${flag} } } }`
  await using server = await startYaml(probeApp('', services), { code })
  const values: unknown[] = []
  for (const headers of asking) {
    const { data } = (await (await server.request('/flag', { headers })).json()) as { data: { value: unknown } }
    values.push(data.value)
  }
  return values
}

const users = Array.from({ length: 60 }, (_, at) => ({ 'x-user': `user-${at}` }))

export const flagKeys: KeyCases = {
  async 'services.featureFlags.flags'() {
    expect(await valuesFor('{ default: blue }', {})).to.deep.equal(['blue'])
  },
  async 'FlagConfig.default'() {
    expect(await valuesFor('{ default: red }', {})).to.deep.equal(['red'])
  },
  async 'FlagConfig.variants'() {
    expect(await valuesFor(`{ default: cold, variants: { cold: '#00f', warm: '#f00' } }`, {})).to.deep.equal(['#00f'])
  },
  async 'FlagConfig.rules'() {
    expect(await valuesFor('{ default: blue, rules: [{ value: red }] }', {})).to.deep.equal(['red'])
  },
  async 'FlagRule.value'() {
    expect(await valuesFor('{ default: blue, rules: [{ value: green }] }', {})).to.deep.equal(['green'])
  },
  async 'FlagRule.tenants'() {
    const flag = '{ default: blue, rules: [{ tenants: acme, value: red }] }'
    expect(await valuesFor(flag, { 'x-tenant': 'acme' }, { 'x-tenant': 'other' })).to.deep.equal(['red', 'blue'])
  },
  async 'FlagRule.users'() {
    const flag = '{ default: blue, rules: [{ users: [ann], value: red }] }'
    expect(await valuesFor(flag, { 'x-user': 'ann' }, { 'x-user': 'bob' })).to.deep.equal(['red', 'blue'])
  },
  async 'FlagRule.percentage'() {
    const reds = async (percentage: number) => {
      const values = await valuesFor(`{ default: blue, rules: [{ percentage: ${percentage}, value: red }] }`, ...users)
      return values.filter((value) => value === 'red').length
    }
    expect([await reds(0), await reds(100)]).to.deep.equal([0, users.length])
    expect(await reds(50)).to.be.within(1, users.length - 1)
  },
}

const flags = 'services: { flags: { type: featureFlags, flags: { off: { default: false }, on: { default: true } } } }'

async function statusBehind(config: string): Promise<number> {
  await using server = await startYaml(probeApp(`middleware: [{ featureFlag: { ${config} } }]`, flags), { code })
  return (await server.request('/probe')).status
}

export const flagMiddlewareKeys: KeyCases = {
  async 'middleware.featureFlag.flag'() {
    expect([await statusBehind('flag: on'), await statusBehind('flag: off')]).to.deep.equal([200, 404])
  },
  async 'middleware.featureFlag.otherwise'() {
    expect(await statusBehind('flag: off, otherwise: 503')).to.equal(503)
  },
}
