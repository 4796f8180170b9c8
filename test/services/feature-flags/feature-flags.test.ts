import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  Context,
  createServer,
  Get,
  LokstraError,
  Post,
  Route,
  Service,
  type Next,
  type Server,
  type ServerOptions,
} from '@lokstra/core'
import {
  FeatureFlag,
  FeatureFlags,
  FlagTargeting,
  flagTenant,
  flagUser,
  type FlagTarget,
} from '@lokstra/services/feature-flags'
import { expect } from 'chai'
import type { JsonValue } from '@openfeature/server-sdk'
import { IsInt } from 'class-validator'
import fc from 'fast-check'

import { createAppFolder, type AppFolder } from '../../helpers/app-folder.js'
import { placeOf, problemsOf, rejection } from '../../helpers/boot-problems.js'
import { silentLogger } from '../../helpers/silent-logger.js'

class Order {
  @IsInt() amount!: number
}

@Route('/checkout')
class CheckoutController {
  constructor(private readonly flags: FeatureFlags) {}

  @Get('/open') open() {
    return { open: true }
  }

  @Get('/new')
  @FeatureFlag('newCheckout')
  fresh() {
    return { fresh: true }
  }

  @Post('/orders')
  @FeatureFlag('orders', { otherwise: 503 })
  order(order: Order) {
    return order
  }

  @Get('/colour') async colour(ctx: Context) {
    return { colour: await this.flags.value('colour', 'grey', ctx) }
  }
}

@Route('/beta')
@FeatureFlag('beta')
class BetaController {
  @Get() index() {
    return { beta: true }
  }
}

@Route('/typo')
class TypoController {
  @Get() @FeatureFlag('newChekout') index() {} // at: typo
}

@Route('/colour')
class ColourController {
  @Get() @FeatureFlag('colour') index() {} // at: colour
}

@Service({ eager: true })
class AsksForFlags {
  constructor(readonly flags: FeatureFlags) {}
}

/** Trusts a header, as no application may: here it stands for a token that was checked. */
function authenticate(ctx: Context, next: Next): unknown {
  const [user, tenant] = String(ctx.headers['x-test-login'] ?? '').split('@')
  if (user) ctx.set(flagUser, user)
  if (tenant) ctx.set(flagTenant, tenant)
  return next()
}

const standardFlags = `
      newCheckout: { default: false, rules: [{ users: [ann], value: true }] }
      orders: { default: false }
      beta: { default: false, rules: [{ tenants: [acme], value: true }] }
      colour:
        default: plain
        variants: { plain: grey, warm: red }
        rules: [{ tenants: [acme], users: [ann], value: warm }]
`

describe('feature flags', () => {
  let folder: AppFolder
  const servers: Server[] = []
  beforeEach(async () => {
    folder = await createAppFolder({}, ['@lokstra/core', '@lokstra/services'])
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop()
    await folder[Symbol.asyncDispose]()
  })

  async function write(flags: string, rest = ''): Promise<string> {
    const file = join(folder.path, 'lokstra.yaml')
    await writeFile(file, `services:\n  flags:\n    type: featureFlags\n    flags:${flags}${rest}`)
    return file
  }

  async function start(flags = standardFlags, options: ServerOptions = {}, rest = ''): Promise<Server> {
    const server = createServer({
      file: await write(flags, rest),
      freePorts: true,
      services: [silentLogger, AsksForFlags],
      apps: [{ name: 'api', middleware: [authenticate], controllers: [CheckoutController, BetaController] }],
      ...options,
    })
    servers.push(server)
    return server.start()
  }

  async function ask(server: Server, path: string, login = '', init: RequestInit = {}): Promise<[number, unknown]> {
    const response = await fetch(`${server.listeners[0]!.url}${path}`, {
      ...init,
      headers: { 'x-test-login': login, 'content-type': 'application/json' },
    })
    const { data, error } = (await response.json()) as { data?: unknown; error?: { code: string; message: string } }
    return [response.status, data ?? `${error!.code} ${error!.message}`]
  }

  describe('on a route', () => {
    it('let in whom a rule names, and hide the route from all others', async () => {
      const server = await start()
      expect(await ask(server, '/checkout/new', 'ann')).to.deep.equal([200, { fresh: true }])
      expect(await ask(server, '/checkout/new', 'bob')).to.deep.equal([
        404,
        'NOT_FOUND There is nothing at GET /checkout/new',
      ])
      expect(await ask(server, '/checkout/none', 'bob')).to.deep.equal([
        404,
        'NOT_FOUND There is nothing at GET /checkout/none',
      ])
      expect(await ask(server, '/beta', 'eve@acme')).to.deep.equal([200, { beta: true }])
      expect((await ask(server, '/beta', 'eve@other'))[0]).to.equal(404)
    })

    it('answer otherwise where that is said, before the input is looked at', async () => {
      const server = await start()
      const [status] = await ask(server, '/checkout/orders', '', { method: 'POST', body: '{"amount":"x"}' })
      expect(status).to.equal(503)
      await write(standardFlags.replace('orders: { default: false }', 'orders: { default: true }'))
      await server.reload()
      const after = await ask(server, '/checkout/orders', '', { method: 'POST', body: '{"amount":"x"}' })
      expect(after[0]).to.equal(400)
    })

    it('must be configured, with true and false', async () => {
      const typo = await rejection(start(standardFlags, { apps: [{ controllers: [TypoController] }] }))
      expect(typo).to.include({
        code: 'E_FLAG_UNKNOWN',
        problem: 'There is no feature flag "newChekout". Did you mean "newCheckout"?',
      })
      expect(typo.where).to.deep.equal([placeOf(import.meta.url, 'typo')])
      const colour = await rejection(start(standardFlags, { apps: [{ controllers: [ColourController] }] }))
      expect(colour).to.include({ code: 'E_FLAG_TYPE' })
      expect(colour.where).to.deep.equal([placeOf(import.meta.url, 'colour')])
    })

    it('are checked before anything starts, all at once, wherever they are named', async () => {
      const rest = `
apps:
  - { name: api, middleware: [{ featureFlag: { flag: ordres } }] }
  - { name: other, listen: ':0', middleware: [{ featureFlag: { flag: colour } }] }
`
      const file = await write(standardFlags, rest)
      const apps = [{ name: 'api', controllers: [TypoController, ColourController] }]
      const problems = await problemsOf({ file, apps })
      expect(
        problems.map(({ problem, where, details }) => [problem, where[0]!.replace(file, 'yaml'), details.path]),
      ).to.deep.equal([
        [
          'There is no feature flag "ordres". Did you mean "orders"?',
          'yaml:14:54',
          'apps.api.middleware[0].featureFlag.flag',
        ],
        [
          'The feature flag "colour" has values of type string and cannot switch a route',
          'yaml:15:70',
          'apps.other.middleware[0].featureFlag.flag',
        ],
        [
          'There is no feature flag "newChekout". Did you mean "newCheckout"?',
          placeOf(import.meta.url, 'typo'),
          'middleware.featureFlag.flag',
        ],
        [
          'The feature flag "colour" has values of type string and cannot switch a route',
          placeOf(import.meta.url, 'colour'),
          'middleware.featureFlag.flag',
        ],
      ])
    })

    it('are not missed where the flags themselves have a mistake, which is told alone', async () => {
      const file = await write('\n      newCheckout: { default: false, rules: 7 }\n      orders: { defualt: true }\n')
      const problems = await problemsOf({ file, apps: [{ name: 'api', controllers: [TypoController] }] })
      expect([...new Set(problems.map(({ code }) => code))].sort()).to.deep.equal([
        'E_CONFIG_KEY_UNKNOWN',
        'E_CONFIG_VALUE_INVALID',
        'E_CONFIG_VALUE_MISSING',
      ])
    })

    it('can be set by name in the configuration', async () => {
      const rest = '\napps: [{ name: api, middleware: [{ featureFlag: { flag: orders, otherwise: 403 } }] }]\n'
      const server = await start(standardFlags, { apps: [{ name: 'api', controllers: [CheckoutController] }] }, rest)
      expect((await ask(server, '/checkout/open'))[0]).to.equal(403)
    })

    it('keep the type of what brackets set, where text stays text', async () => {
      const apps = [{ name: 'api', controllers: [BetaController] }]
      const set = (value: string) => ({ apps, set: [`services.flags.flags.beta=${value}`] })
      const server = await start(standardFlags, set('{default: true, rules: []}'))
      expect((await ask(server, '/beta'))[0]).to.equal(200)
      const env = { LOKSTRA__SERVICES__FLAGS__FLAGS: '{beta: {default: true, rules: []}}' }
      expect((await ask(await start(standardFlags, { apps, env }), '/beta'))[0]).to.equal(200)
      const file = await write('\n      beta: { default: "${BETA:true}" }\n')
      const [problem] = await problemsOf({ file, env: {}, apps })
      expect(problem).to.include({ code: 'E_FLAG_TYPE' })
    })

    it('ask the application who asks, when it has a word in it', async () => {
      @Service()
      class EverybodyIsAnn extends FlagTargeting {
        targetOf() {
          return { targetingKey: 'ann' }
        }
      }
      const server = await start(standardFlags, { services: [silentLogger, EverybodyIsAnn] })
      expect((await ask(server, '/checkout/new', 'bob'))[0]).to.equal(200)
    })
  })

  describe('while the server runs', () => {
    it('change with the configuration, and tell those who listen', async () => {
      const server = await start()
      const changed: unknown[] = []
      const { client } = server.get(FeatureFlags)
      client.addHandler('PROVIDER_CONFIGURATION_CHANGED' as never, (event) => {
        changed.push((event as { flagsChanged?: string[] }).flagsChanged)
      })
      await write(standardFlags.replace('users: [ann]', 'users: [bob]'))
      await server.reload()
      expect((await ask(server, '/checkout/new', 'ann'))[0]).to.equal(404)
      expect((await ask(server, '/checkout/new', 'bob'))[0]).to.equal(200)
      expect(changed).to.deep.equal([['newCheckout']])
      await server.reload()
      expect(changed).to.have.length(1)
    })

    it('stay as they are when one that a route needs is taken away', async () => {
      const server = await start()
      await write('\n      beta: { default: true }\n')
      const { outcome, problems } = await server.reload()
      expect(outcome).to.equal('refused')
      expect(problems.map(({ code }) => code)).to.deep.equal(['E_FLAG_UNKNOWN', 'E_FLAG_UNKNOWN'])
      expect((await ask(server, '/beta', 'eve@acme'))[0]).to.equal(200)
      expect((await ask(server, '/checkout/new', 'ann'))[0]).to.equal(200)
    })
  })

  it('are those of each server alone, and end with it', async () => {
    const first = await start('\n      shared: { default: true }\n', { apps: [] })
    const flags = first.get(FeatureFlags)
    const second = await start('\n      shared: { default: false }\n', { apps: [] })
    expect(await flags.isEnabled('shared')).to.equal(true)
    expect(await second.get(FeatureFlags).isEnabled('shared')).to.equal(false)
    await first.stop()
    expect(await flags.isEnabled('shared')).to.equal(false)
    expect(await second.get(FeatureFlags).details('shared', true)).to.include({ value: false, reason: 'STATIC' })
  })

  it('give value, variant and reason as OpenFeature names them', async () => {
    const server = await start(
      `
      plain: { default: 7 }
      ruled: { default: { a: 1 }, rules: [{ users: [ann], value: { a: 2 } }, { percentage: 100, value: { a: 3 } }] }
      never: { default: on, rules: [{ percentage: 0, value: off }] }
      colour: { default: x, variants: { x: grey, y: red }, rules: [{ tenants: [acme], value: y }] }
`,
      { apps: [] },
    )
    const flags = server.get(FeatureFlags)
    const of = async (flag: string, otherwise: JsonValue, target?: FlagTarget) => {
      const { value, reason, variant, errorCode } = await flags.details(flag, otherwise, target)
      return [value, reason, variant, errorCode].filter((part) => part !== undefined)
    }
    expect(await of('plain', 0)).to.deep.equal([7, 'STATIC'])
    expect(await of('ruled', {}, { targetingKey: 'ann' })).to.deep.equal([{ a: 2 }, 'TARGETING_MATCH'])
    expect(await of('ruled', {}, { targetingKey: 'bob' })).to.deep.equal([{ a: 3 }, 'SPLIT'])
    expect(await of('ruled', {})).to.deep.equal([{ a: 1 }, 'DEFAULT'])
    expect(await of('never', '', { targetingKey: 'bob' })).to.deep.equal(['on', 'DEFAULT'])
    expect(await of('colour', '', { tenant: 'acme' })).to.deep.equal(['red', 'TARGETING_MATCH', 'y'])
    expect(await of('colour', '')).to.deep.equal(['grey', 'DEFAULT', 'x'])
    expect(await of('plain', 'text')).to.deep.equal(['text', 'ERROR', 'TYPE_MISMATCH'])
    expect(await of('none', true)).to.deep.equal([true, 'ERROR', 'FLAG_NOT_FOUND'])
    expect(await flags.value('plain', 0)).to.equal(7)
  })

  it('give a percentage its share, and nobody who is in leaves when it grows', async () => {
    const shares = Array.from({ length: 11 }, (_, index) => index * 10)
    const lines = shares.map(
      (share) => `share${share}: { default: false, rules: [{ percentage: ${share}, value: true }] }`,
    )
    // The flag's name is part of the hash: one flag, whose share grows.
    const flagAt = (share: number) => `\n      rollout: ${lines[share / 10]!.replace(/^share\d+: /, '')}\n`
    const server = await start(flagAt(0), { apps: [] })
    const flags = server.get(FeatureFlags)
    const keys = fc.sample(fc.uuid(), 2_000)
    let inside = new Set<string>()
    for (const share of shares) {
      await write(flagAt(share))
      await server.reload()
      const now = new Set<string>()
      for (const targetingKey of keys) if (await flags.isEnabled('rollout', { targetingKey })) now.add(targetingKey)
      expect([...inside].every((key) => now.has(key))).to.equal(true)
      expect((now.size / keys.length) * 100).to.be.closeTo(share, 5)
      inside = now
    }
    expect(inside.size).to.equal(keys.length)
  }).timeout(20_000)

  it('are checked: every value of one type, shares from 0 to 100, known variants', async () => {
    const file = await write(`
      mixed: { default: false, rules: [{ value: 'yes' }] }
      none: { rules: [] }
      share: { default: 1, rules: [{ percentage: 101, value: 2, tenant: [x] }] }
      variant: { default: z, variants: { x: 1 } }
      empty: { default: null }
`)
    const problems = await problemsOf({ file, services: [silentLogger] })
    expect(problems.every(LokstraError.is)).to.equal(true)
    const told = problems.map(({ problem, where }) => `${/:(\d+):\d+$/.exec(where[0]!)?.[1]} ${problem}`)
    expect(told).to.deep.equal([
      '5 services.flags.flags.mixed.default is of type boolean, and rules[0].value must be so too, received false',
      '6 services.flags.flags.none.default is missing',
      '7 services.flags.flags.share.rules[0].percentage must not be greater than 100, received 101',
      '7 services.flags.flags.share.rules[0].tenant is not a known key. Did you mean "tenants"?',
      '8 services.flags.flags.variant.default must be one of the variants: x, received "z"',
      '9 services.flags.flags.empty.default must have a value, received nothing',
    ])
  })
})
