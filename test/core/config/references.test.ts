import { expect } from 'chai'

import { parseConfig } from './internals.js'
import { reportsOf } from './reports.js'

const read = async (text: string, env: Record<string, string> = {}) =>
  (await parseConfig(text, 'shop.yaml', { env })).config
const reports = (text: string, env: Record<string, string> = {}) => reportsOf(() => read(text, env))

describe('a reference to another value', () => {
  it('gives it with its type, a map and a list too', async () => {
    const { services } = await read(
      `name: shop
services:
  a: { type: t, n: 3, flag: true, list: [1, 2], map: { x: "\${HOST}" } }
  b: { type: t, n: "\${config:services.a.n}", flag: "\${config:services.a.flag}", list: "\${config:services.a.list}", map: "\${config:services.a.map}" }
  c: "\${config:services.a}"
`,
      { HOST: 'h' },
    )
    const { n, flag, list, map } = services.a!.config
    expect(services.b!.config).to.deep.equal({ n, flag, list, map })
    expect(map).to.deep.equal({ x: 'h' })
    expect(services.c!.config).to.deep.equal(services.a!.config)
  })

  it('stands in a text, finds apps by name or index, and leads through others', async () => {
    const { services } = await read(`name: shop
apps: [{ name: api, listen: "\${config:services.b.port}" }]
services:
  a: { type: t, text: "\${config:name}:\${config:apps.api.listen}:\${config:apps[0].name}" }
  b: { type: t, port: ":80" }
  c: "\${config:services.b}"
  d: { type: t, port: "\${config:services.c.port}" }
`)
    expect(services.a!.config.text).to.equal('shop::80:api')
    expect(services.d!.config.port).to.equal(':80')
  })

  for (const [name, text, found] of [
    [
      'a value that is not set',
      'name: "${config:title}"\n',
      '1:7 name: "${config:title}" names a value that is not set: the configuration has no title',
    ],
    [
      'a misspelt name',
      'name: a\nservices: { x: { type: "${config:nmae}" } }\n',
      '2:24 services.x.type: "${config:nmae}" names a value that is not set: the configuration has no nmae',
    ],
    [
      'a key with an unknown escape',
      'name: \'${config:services["\\q"]}\'\n',
      '1:7 name: "${config:services["\\q"]}" does not name a value of the configuration',
    ],
    ['itself', 'name: "${config:name}"\n', '1:7 name: the reference leads back to itself: name → name'],
    [
      'a map around it',
      'services: { a: { type: t, b: "${config:services}" } }\n',
      '1:30 services.a.b: the reference leads back to itself: services.a.b → services.a.b',
    ],
    [
      'a map within a text',
      'shutdown: {}\nname: "a${config:shutdown}"\n',
      '2:7 name: a reference within a text leads to a map',
    ],
    [
      'nothing within a text',
      'services: { a: { type: t, n: null, m: "a${config:services.a.n}" } }\n',
      '1:39 services.a.m: a reference within a text leads to nothing',
    ],
  ] as const) {
    it(`is refused when it leads to ${name}`, async () => {
      expect(await reports(text)).to.deep.equal([`E_CONFIG_VARIABLE ${found}`])
    })
  }

  it('is refused once where several lead round in a circle', async () => {
    const found = await reports(
      'services: { a: { type: t, x: "${config:services.a.y}", y: "${config:services.a.z}", z: "${config:services.a.x}" } }\n',
    )
    expect(found).to.deep.equal([
      'E_CONFIG_VARIABLE 1:88 services.a.z: the reference leads back to itself: services.a.x → services.a.y → services.a.z → services.a.x',
    ])
  })

  it('says nothing more where what it leads to was reported', async () => {
    expect(await reports('name: "${config:services.a.x}"\nservices: { a: { type: t, x: "${NONE}" } }\n')).to.deep.equal(
      ['E_CONFIG_VARIABLE 2:30 services.a.x: the environment variable NONE is not set'],
    )
  })

  it('cannot multiply values without bounds', async () => {
    const lines = Array.from({ length: 9 }, (_, index) => {
      const item = index === 0 ? '1' : `"\${config:services.s.l${index - 1}}"`
      return `    l${index}: [${Array(10).fill(item).join(', ')}]\n`
    })
    expect((await reports(`services:\n  s:\n    type: t\n${lines.join('')}`)).join()).to.match(
      /references repeat more than 100000 values/,
    )
  })

  it('cannot multiply a text without bounds', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => {
      const text = index === 0 ? 'sixteen letters.' : `\${config:services.s.l${index - 1}}`.repeat(2)
      return `    l${index}: "${text}"\n`
    })
    expect(await reports(`services:\n  s:\n    type: t\n${lines.join('')}`)).to.deep.equal([
      'E_CONFIG_VARIABLE 21:10 services.s.l17: the text would be longer than 1048576 characters',
    ])
  })

  it('leads through others up to a limit', async () => {
    const chain = (length: number) => {
      const lines = Array.from({ length }, (_, index) => `    l${index}: "\${config:services.s.l${index + 1}}"\n`)
      return `services:\n  s:\n    type: t\n${lines.join('')}    l${length}: end\n`
    }
    expect((await read(chain(500))).services.s!.config.l0).to.equal('end')
    expect((await reports(chain(10_000)))[0]).to.match(/more than 500 references lead one through the other$/)
  })

  it('does not read what a variable holds again', async () => {
    const { services } = await read('services: { a: { type: t, x: "${A}", y: "${config:services.a.x}" } }\n', {
      A: '${config:name}',
    })
    expect(services.a!.config).to.deep.equal({ x: '${config:name}', y: '${config:name}' })
  })
})

describe('a secret in the configuration', () => {
  it('is read from its provider, and stays what it is', async () => {
    const secret = ': # {} \'" \\n ${NAME} $${'
    const { services } = await read(
      'services: { a: { type: t, x: "${secret:env:KEY}", y: "a${secret:env:KEY}b" } }\n',
      { KEY: secret },
    )
    expect(services.a!.config).to.deep.equal({ x: secret, y: `a${secret}b` })
  })

  it('that is missing is reported at every place that asks for it', async () => {
    const found = await reports('name: "${secret:env:KEY}"\nservices: { a: { type: t, x: "${secret:env:KEY}" } }\n')
    expect(found.map((line) => line.slice(0, 26))).to.deep.equal([
      'E_SECRET_UNAVAILABLE 1:7 T',
      'E_SECRET_UNAVAILABLE 2:30 ',
    ])
  })

  it('cannot be kept where a reference leads: providers are opened before the rest is known', async () => {
    const found = await reports('name: a\nsecrets: { v: { type: file, dir: "${config:name}" } }\n')
    expect(found.join()).to.match(/2:34 secrets\.v\.dir: "\$\{config:name\}" cannot be used here/)
  })
})
