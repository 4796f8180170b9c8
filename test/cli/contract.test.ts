import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { readContracts } from '@lokstra/core'
import { expect } from 'chai'

import { lokstra } from '../helpers/lokstra.js'
import type { AppFolder } from '../helpers/app-folder.js'
import { configuration, anyPorts, createTopologyApp, users } from './topology-app.js'

describe('lokstra contract', function () {
  this.timeout(60_000)
  let app: AppFolder
  beforeEach(async () => (app = await createTopologyApp()))
  afterEach(() => app[Symbol.asyncDispose]())

  const change = (text: string) => writeFile(join(app.path, 'dist/users.js'), text)

  it('writes down what is published, and finds no change in it', async () => {
    const written = await lokstra(app.path, 'contract', 'snapshot')
    expect(written).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: 'lokstra.contracts.json is written: 2 services, 2 operations\n',
    })
    const { services } = readContracts(await readFile(join(app.path, 'lokstra.contracts.json'), 'utf8'), 'snapshot')
    expect(Object.keys(services)).to.deep.equal(['OrderService', 'UserService'])
    expect(await lokstra(app.path, 'contract', 'check')).to.deep.equal({
      code: 0,
      stdout: 'Nothing has changed since lokstra.contracts.json.\n',
      stderr: '',
    })
  })

  it('tells breaking changes with who calls, and exits 1', async () => {
    await lokstra(app.path, 'contract', 'snapshot', '--file', 'released.json')
    await change(users.replace('{ id: Number, name: String }', '{ id: String, mail: String, name: String }'))
    const { code, stdout } = await lokstra(app.path, 'contract', 'check', '--against', 'released.json')
    expect([code, stdout]).to.deep.equal([
      1,
      `Breaking:
  OrderService.customer output.id: number became string
    OrderService is called by micro.web
  UserService.find output.id: number became string
    UserService is called by micro.orders

Compatible:
  OrderService.customer output.mail: is new
  UserService.find output.mail: is new

4 changes since released.json, 2 breaking.
`,
    ])
    const { stdout: json } = await lokstra(app.path, 'contract', 'check', '--against', 'released.json', '--json')
    const { changes } = JSON.parse(json) as { changes: readonly Record<string, unknown>[] }
    expect(changes.find(({ service }) => service === 'UserService')).to.deep.equal({
      service: 'UserService',
      operation: 'find',
      path: 'output.id',
      kind: 'type-changed',
      breaking: true,
      message: 'UserService.find output.id: number became string',
      consumers: ['micro.orders'],
    })
  })

  it('lists what callers can live with, and exits 0', async () => {
    await lokstra(app.path, 'contract', 'snapshot')
    await change(users.replace('name: String }', 'name: String, mail: String }'))
    const { code, stdout } = await lokstra(app.path, 'contract', 'check')
    expect([code, stdout]).to.deep.equal([
      0,
      `Compatible:
  OrderService.customer output.mail: is new
  UserService.find output.mail: is new

2 changes since lokstra.contracts.json, none breaking. lokstra contract snapshot writes them down.
`,
    ])
  })

  it('refuses a snapshot that is not there, or that somebody has edited', async () => {
    const missing = await lokstra(app.path, 'contract', 'check')
    expect(missing.code).to.equal(1)
    expect(missing.stderr).to.match(/E_CONTRACTS_SNAPSHOT: .*lokstra\.contracts\.json cannot be read: ENOENT/)
    await lokstra(app.path, 'contract', 'snapshot')
    const file = join(app.path, 'lokstra.contracts.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"GET"', '"PUT"'))
    const edited = await lokstra(app.path, 'contract', 'check')
    expect(edited.code).to.equal(1)
    expect(edited.stderr).to.match(/E_CONTRACTS_FORMAT: .*the hash of services\.OrderService\.operations\.customer/)
  })

  it('says so where nothing is published', async () => {
    await writeFile(join(app.path, 'lokstra.yaml'), configuration(anyPorts).replace(/publish: \[\w+\], /g, ''))
    const { code, stderr } = await lokstra(app.path, 'contract', 'snapshot')
    expect(code).to.equal(1)
    expect(stderr).to.match(/E_CONTRACTS_NONE: lokstra\.yaml publishes no service/)
  })

  it('compares although servers have mistakes, and says that it does not know who calls', async () => {
    await lokstra(app.path, 'contract', 'snapshot')
    await change(users.replace('name: String }', 'name: String, mail: String }'))
    const yaml = configuration(anyPorts).replace('[Shop, health]', '[Shop, health], middleware: [nothing]')
    await writeFile(join(app.path, 'lokstra.yaml'), yaml)
    const { code, stderr, stdout } = await lokstra(app.path, 'contract', 'check')
    expect([code, stderr]).to.deep.equal([
      0,
      'Who calls them is not known: servers have mistakes, and lokstra topology check tells which.\n',
    ])
    expect(stdout).to.include('none breaking')
  })
})
