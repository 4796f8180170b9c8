import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import type { AppFolder } from '../helpers/app-folder.js'
import { lokstra } from '../helpers/lokstra.js'
import { anyPorts, configuration, createTopologyApp } from './topology-app.js'

describe('lokstra topology check', function () {
  this.timeout(60_000)
  let app: AppFolder
  beforeEach(async () => (app = await createTopologyApp()))
  afterEach(() => app[Symbol.asyncDispose]())

  const configure = (yaml: string) => writeFile(join(app.path, 'lokstra.yaml'), yaml)

  it('looks at every server of every deployment', async () => {
    expect(await lokstra(app.path, 'topology', 'check')).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: '3 servers can start: micro.web, micro.orders, micro.users\n',
    })
  })

  it('tells all mistakes at once, each with the servers that have it', async () => {
    await configure(
      configuration(anyPorts)
        .replace('[Shop, health]', '[Shp, health]')
        .replace('publish: [UserService]', 'publish: [UserServic]')
        .replace('shutdown: { timeout: 1s', 'middleware: [nothing]\nshutdown: { timeout: 1s'),
    )
    const { code, stdout } = await lokstra(app.path, 'topology', 'check')
    expect(code).to.equal(1)
    expect(stdout).to.match(/E_CONTROLLER_UNKNOWN: .*Shp.*\n[^]*?of {4}micro\.web\n/)
    expect(stdout).to.match(/E_PUBLISH_UNKNOWN: .*UserServic[^]*?of {4}/)
    expect(stdout).to.match(/E_MIDDLEWARE_UNKNOWN: .*nothing[^]*?of {4}every server\n/)
    expect(stdout).to.match(/\d problems in 3 servers\.\n$/)
    const { stdout: json } = await lokstra(app.path, 'topology', 'check', '--json')
    const { servers, problems } = JSON.parse(json) as {
      servers: readonly string[]
      problems: readonly { readonly code: string; readonly servers: readonly string[] }[]
    }
    expect(servers).to.deep.equal(['micro.web', 'micro.orders', 'micro.users'])
    expect(problems.find((problem) => problem.code === 'E_CONTROLLER_UNKNOWN')!.servers).to.deep.equal(['micro.web'])
  })

  it('notes what is published for nobody, what runs in every server, and circles', async () => {
    const circle = `import { fields, Get, on, Path, Returns, Route, Service, takes } from './helpers.js'
import { User, UserId, UserService } from './users.js'
import { OrderService } from './orders.js'
export class Mails { constructor(orders) { this.orders = orders } async send(input) { return this.orders.customer(input) } }
takes(Mails, OrderService)
on(Mails, 'send', [UserId], Get('/:id'), Returns(User))
Service()(Mails)
Route('/mails')(Mails)
takes(UserService, Mails)
`
    await writeFile(join(app.path, 'dist/circle.js'), circle)
    await configure(`${configuration(anyPorts)
      .replace('publish: [UserService]', 'publish: [UserService, Mails]')
      .replace('web: {', "old: { apps: [{ name: old, listen: ':3009', publish: [OrderService] }] }\n      web: {")}
  other: { servers: { one: { apps: [{ name: web, listen: ':3004', controllers: [Shop] }] } } }
`)
    const { code, stdout } = await lokstra(app.path, 'topology', 'check', '--json')
    const { notes, problems } = JSON.parse(stdout) as {
      notes: readonly { text: string }[]
      problems: readonly unknown[]
    }
    expect(problems).to.deep.equal([])
    expect(code).to.equal(0)
    const texts = notes.map(({ text }) => text)
    expect(texts).to.include('Mails is published by micro.users, and no other server injects it')
    expect(texts).to.include('OrderService is published by no server: it runs in other.one')
    // Whether one by one or through others: two circles have users in common here.
    expect(texts.filter((text) => text.includes('circle'))).to.deep.equal([
      'micro.old, micro.orders and micro.users call each other in a circle',
    ])
  })

  it('says so where there are no deployments', async () => {
    await configure(`name: shop\ndiscover: ['dist/**/*.js']\n`)
    const { code, stdout } = await lokstra(app.path, 'topology', 'check')
    expect([code, stdout]).to.deep.equal([0, 'The configuration has no deployments: everything runs in one process.\n'])
  })

  it('says which deployments have no servers, and starts none of them', async () => {
    await configure(`name: shop\ndiscover: ['dist/**/*.js']\ndeployments: { micro: {}, other: { servers: {} } }\n`)
    const { code, stdout } = await lokstra(app.path, 'topology', 'check')
    expect(code).to.equal(0)
    expect(stdout.split('\n')).to.deep.equal([
      'note  micro: it has no servers',
      'note  other: it has no servers',
      '',
      'No deployment has servers: everything runs in one process.',
      '',
    ])
    const up = await lokstra(app.path, 'topology', 'up', 'other')
    expect([up.code, up.stdout]).to.deep.equal([1, ''])
    expect(up.stderr).to.match(
      /E_TOPOLOGY_EMPTY: The deployment other has no servers\n +fix .*deployments\.other\.servers/,
    )
    await configure(`${configuration(anyPorts)}  other: { servers: {} }\n`)
    expect((await lokstra(app.path, 'topology', 'check')).stdout).to.equal(
      'note  other: it has no servers\n\n3 servers can start: micro.web, micro.orders, micro.users\n',
    )
  })

  it('names the first of many servers, and tells a mistake of one that all others see as well once', async () => {
    const servers = (bad: string): string =>
      Array.from(
        { length: 12 },
        (_, n) => `s${n}: { apps: [{ name: a${n}, listen: '${n === 5 ? bad : `:${4000 + n}`}' }] }`,
      ).join(', ')
    const names = Array.from({ length: 8 }, (_, n) => `big.s${n}`).join(', ')
    await configure(`deployments: { big: { servers: { ${servers(':4005')} } } }\n`)
    expect(await lokstra(app.path, 'topology', 'check')).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: `12 servers can start: ${names} and 4 more\n`,
    })
    await configure(`deployments: { big: { servers: { ${servers('x')} } } }\n`)
    const { code, stdout } = await lokstra(app.path, 'topology', 'check')
    expect(code).to.equal(1)
    expect(stdout).to.match(/^1\. E_CONFIG_VALUE_INVALID: deployments\.big\.servers\.s5\.apps\.a5\.listen must be/)
    expect(stdout).to.match(/of {4}every server\n\n1 problem in 12 servers\.\n$/)
  })

  it('takes neither a server nor a deployment, with the exit code of wrong usage', async () => {
    for (const args of [['--server', 'micro.web'], ['micro']]) {
      const { code, stdout, stderr } = await lokstra(app.path, 'topology', 'check', ...args)
      expect([code, stdout]).to.deep.equal([2, ''])
      expect(stderr).to.match(/^error: .*\nRun `lokstra topology check --help` for what there is\.\n$/)
    }
  })

  it('finds the mistakes of a configuration without servers, such as a misspelt key that was to hold them', async () => {
    await configure(`name: shop\ndiscover: ['dist/**/*.js']\ndeployments: { micro: { server: { web: {} } } }\n`)
    const { code, stdout } = await lokstra(app.path, 'topology', 'check')
    expect(code).to.equal(1)
    expect(stdout).to.match(/^1\. E_CONFIG_KEY_UNKNOWN: deployments\.micro\.server is not a known key/)
    expect(stdout).to.match(/\n\n1 problem\.\n$/)
    expect(stdout).not.to.match(/^ +of /m)
  })
})

describe('lokstra topology graph', function () {
  this.timeout(60_000)
  let app: AppFolder
  before(async () => (app = await createTopologyApp()))
  after(() => app[Symbol.asyncDispose]())

  it('draws servers and calls for Mermaid', async () => {
    expect(await lokstra(app.path, 'topology', 'graph')).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: `flowchart LR
  subgraph s0["micro.web"]
    s0n0[/"web<br/>127.0.0.1:3000"/]
    s0n1["Shop"]
  end
  subgraph s1["micro.orders<br/>http://127.0.0.1:3002"]
    s1n2[/"orders<br/>127.0.0.1:3002"/]
    s1n3(["OrderService"])
  end
  subgraph s2["micro.users<br/>http://127.0.0.1:3001"]
    s2n4[/"users<br/>127.0.0.1:3001"/]
    s2n5(["UserService"])
  end
  s0n1 --> s1n3
  s1n3 --> s2n5
`,
    })
  })

  it('draws a picture that is well-formed and holds every server, service and call', async () => {
    const { code, stdout } = await lokstra(app.path, 'topology', 'graph', 'micro', '--format', 'svg')
    expect(code).to.equal(0)
    expect(stdout).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+"/)
    for (const text of ['micro.web', 'micro.orders', 'micro.users', 'Shop', 'OrderService', 'UserService']) {
      expect(stdout).to.include(`>${text}</text>`)
    }
    expect(stdout.match(/marker-end/g)).to.have.length(2)
    expect(stdout).to.include('prefers-color-scheme: dark')
    // Every element that is opened is closed, in turn.
    const open: string[] = []
    for (const [, slash, name, self] of stdout.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (slash) expect(open.pop()).to.equal(name)
      else if (!self) open.push(name!)
    }
    expect(open).to.deep.equal([])
    expect(stdout).not.to.match(/NaN|undefined|Infinity/)
  })

  it('draws each deployment by itself, and a call to every server that answers it', async () => {
    const twice = await createTopologyApp()
    try {
      const second = `  twice:
    servers:
      orders: { apps: [{ name: more, listen: '127.0.0.1:3011', publish: [OrderService] }] }
      users-1: { apps: [{ name: one, listen: '127.0.0.1:3012', publish: [UserService] }] }
      users-2: { apps: [{ name: two, listen: '127.0.0.1:3013', publish: [UserService] }] }
`
      await writeFile(join(twice.path, 'lokstra.yaml'), configuration(anyPorts) + second)
      const { stdout: mermaid } = await lokstra(twice.path, 'topology', 'graph')
      expect(mermaid).to.match(/^ {2}subgraph d0\["micro"\]$[^]*^ {2}subgraph d1\["twice"\]$/m)
      const box = (server: string) => new RegExp(`subgraph (s\\d+)\\["${server}[^]*?(\\1n\\d+)\\(\\[`).exec(mermaid)![2]
      const calls = ['users-1', 'users-2'].map((name) => `    ${box('twice.orders')} --> ${box(`twice.${name}`)}`)
      expect(mermaid.slice(mermaid.indexOf('d1[')).match(/^.*-->.*$/gm)).to.deep.equal(calls)
      const { stdout: svg } = await lokstra(twice.path, 'topology', 'graph', '--format', 'svg')
      for (const name of ['micro', 'twice']) expect(svg).to.include(`>${name}</text>`)
      expect(svg.match(/marker-end/g)).to.have.length(4)
    } finally {
      await twice[Symbol.asyncDispose]()
    }
  })

  it('draws the services of other systems, once for all that call them at the same address', async () => {
    const teller = (name: string): string => `export class ${name} {
  constructor(payments) { this.payments = payments }
  async rate() { return this.payments.rate() }
}
takes(${name}, Payments)
on(${name}, 'rate', [], Get('/rate'), Returns(Number))
Route('/${name}')(${name})
`
    const payments = `import { Get, on, Returns, Route, Service, takes } from './helpers.js'
export class Payments { async rate() {} }
on(Payments, 'rate', [], Get('/rate'), Returns(Number))
Service()(Payments)
Route('/payments')(Payments)
${teller('Till')}${teller('Desk')}`
    const yaml = configuration(anyPorts)
      .replace('[Shop, health]', '[Shop, Till, health]')
      .replace('publish: [UserService], controllers: [health]', 'publish: [UserService], controllers: [Desk, health]')
      .replace('deployments:', 'external: { Payments: { url: "https://pay.example/v1" } }\ndeployments:')
    await using folder = await createTopologyApp({ 'dist/payments.js': payments }, yaml)
    const { stdout } = await lokstra(folder.path, 'topology', 'graph')
    expect(stdout.match(/^.*x0.*$/gm)).to.deep.equal([
      '  x0{{"Payments<br/>https://pay.example/v1"}}',
      '  s0n2 --> x0',
      '  s2n7 --> x0',
    ])
    const { stdout: svg } = await lokstra(folder.path, 'topology', 'graph', '--format', 'svg')
    expect(svg.match(/>Payments<\/text>/g)).to.have.length(1)
    expect(svg).to.include('>https://pay.example/v1</text>')
    expect(svg.match(/marker-end/g)).to.have.length(4)
    const { stdout: json } = await lokstra(folder.path, 'topology', 'graph', '--format', 'json')
    const { deployments } = JSON.parse(json) as {
      deployments: readonly { servers: readonly Record<string, unknown>[] }[]
    }
    expect(deployments[0]!.servers[2]).to.deep.include({
      external: [{ service: 'Payments', urls: ['https://pay.example/v1'] }],
      injections: [{ into: 'Desk', service: 'Payments', mode: 'external' }],
    })
    expect((await lokstra(folder.path, 'topology', 'check')).stdout).to.match(/^3 servers can start/)
  })

  it('draws the one server of a project in which no deployment has any', async () => {
    const yaml = (more: string): string =>
      `name: shop\ndiscover: ['dist/**/*.js']\napps: [{ name: web, listen: ':3000', controllers: [Shop], publish: [OrderService, UserService] }]\n${more}`
    const picture = `flowchart LR
  subgraph s0["shop"]
    s0n0[/"web<br/>:3000"/]
    s0n1(["OrderService"])
    s0n2(["UserService"])
    s0n3["Shop"]
  end
  s0n1 -.-> s0n2
  s0n3 -.-> s0n1
`
    for (const more of ['', 'deployments: { micro: {}, other: { servers: {} } }\n']) {
      await using folder = await createTopologyApp({}, yaml(more))
      expect(await lokstra(folder.path, 'topology', 'graph')).to.deep.equal({ code: 0, stderr: '', stdout: picture })
      const { stdout: svg } = await lokstra(folder.path, 'topology', 'graph', '--format', 'svg')
      for (const text of ['shop', 'web  :3000', 'OrderService', 'UserService', 'Shop']) {
        expect(svg).to.include(`>${text}</text>`)
      }
      const { stdout: json } = await lokstra(folder.path, 'topology', 'graph', '--format', 'json')
      const found = JSON.parse(json) as { deployments: readonly unknown[]; server: { name: string; apps: unknown[] } }
      expect(found.deployments).to.have.length(more === '' ? 0 : 2)
      expect(found.server).to.include({ name: 'shop' })
      expect(found.server.apps).to.have.length(1)
    }
    await using empty = await createTopologyApp({}, yaml('deployments: { micro: {} }\n'))
    const named = await lokstra(empty.path, 'topology', 'graph', 'micro')
    expect([named.code, named.stdout]).to.deep.equal([1, ''])
    expect(named.stderr).to.match(/E_TOPOLOGY_EMPTY: The deployment micro has no servers/)
    await using broken = await createTopologyApp({}, yaml('').replace('[Shop]', '[Shp]'))
    const mistaken = await lokstra(broken.path, 'topology', 'graph')
    expect([mistaken.code, mistaken.stdout]).to.deep.equal([1, ''])
    expect(mistaken.stderr).to.include('E_CONTROLLER_UNKNOWN')
  })

  it('gives the same as data', async () => {
    const { stdout } = await lokstra(app.path, 'topology', 'graph', '--format', 'json')
    const { deployments } = JSON.parse(stdout) as {
      deployments: readonly { name: string; servers: readonly Record<string, unknown>[] }[]
    }
    expect(deployments.map(({ name }) => name)).to.deep.equal(['micro'])
    expect(deployments[0]!.servers[1]).to.deep.include({
      name: 'micro.orders',
      urls: ['http://127.0.0.1:3002'],
      calls: ['micro.users'],
      injections: [{ into: 'OrderService', service: 'UserService', mode: 'remote' }],
    })
    expect(deployments[0]!.servers[1]!.apps).to.deep.equal([
      {
        name: 'orders',
        listen: '127.0.0.1:3002',
        controllers: ['HealthController'],
        publishes: ['OrderService'],
        readiness: '/health/ready',
        needsCertificate: false,
      },
    ])
  })

  it('wants a name for what is to run, unless there is one deployment only', async () => {
    const yaml = `${configuration(anyPorts)}  other: { servers: { all: {} } }\n`
    await using several = await createTopologyApp({}, yaml)
    const up = await lokstra(several.path, 'topology', 'up')
    expect([up.code, up.stdout]).to.deep.equal([1, ''])
    expect(up.stderr).to.match(
      /E_TOPOLOGY_CHOICE: There are 2 deployments, and none was named\n +fix +Name one of: micro, other\./,
    )
    await using none = await createTopologyApp({}, `discover: ['dist/**/*.js']\n`)
    expect((await lokstra(none.path, 'topology', 'up')).stderr).to.match(
      /E_TOPOLOGY_CHOICE: The configuration has no deployments/,
    )
  })

  it('refuses a deployment that there is not', async () => {
    const { code, stderr } = await lokstra(app.path, 'topology', 'graph', 'micra')
    expect(code).to.equal(1)
    expect(stderr).to.match(/E_TOPOLOGY_UNKNOWN: There is no deployment micra\. Did you mean "micro"\?/)
  })
})
