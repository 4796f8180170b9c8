import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { readContracts } from '@lokstra/core'
import { expect } from 'chai'

import { lokstra } from '../helpers/lokstra.js'
import type { AppFolder } from '../helpers/app-folder.js'
import { configuration, anyPorts, createTopologyApp, users } from './topology-app.js'

/** Two versions of the users, which differ in all that there is. */
function version(which: 'was' | 'is'): string {
  const pick = (was: string, is: string): string => (which === 'was' ? was : is)
  return `import { Body, Delete, Field, Get, NotFoundError, on, Path, Post, Put, Query, Returns, Route, Service, Throws } from './helpers.js'
import * as cv from 'class-validator'
const declare = (type, fields) => {
  for (const [name, [of, ...decorators]] of Object.entries(fields)) {
    Reflect.defineMetadata('design:type', of, type.prototype, name)
    for (const decorate of decorators) decorate(type.prototype, name)
  }
  return type
}
const list = (type) => Field({ type: () => type })
export const User = declare(class User {}, {
  id: [Number, Field()],
  ${pick('name: [String, Field()],', 'born: [Date, Field()],')}
  mail: [String, Field()${pick('', ', cv.IsOptional()')}],
  note: [String, Field(${pick('', '{ nullable: true }')})],
  tags: [${pick('Set', 'Array')}, list(String)],
  role: [String, Field(), cv.IsIn(['admin'${pick('', ", 'guest'")}])],
})
export const UserId = declare(class UserId {}, { id: [Number, Path(), cv.IsInt()] })
const Change = declare(class Change {}, {
  id: [${pick('Number', 'String')}, Body()],
  since: [String, ${pick('Body()', 'Query()')}],
  count: [Number, Body('${pick('qty', 'quantity')}')],
  ${pick('old: [String, Body()],', 'young: [String, Body(), cv.IsDefined()], unsure: [String, Body(), cv.ValidateIf(() => true), cv.IsString()],')}
  mail: [String, Body(), ${pick('cv.IsOptional()', 'cv.IsDefined()')}],
  note: [String, Body(${pick('{ nullable: true }', '')})],
  name: [String, Body(), cv.Length(1, ${pick('200', '100')})],
  code: [String, Body(), cv.Matches(/^${pick('a', 'b')}/)],
  tags: [${pick('Array', 'Set')}, Body(), list(String)],
  role: [String, Body(), cv.IsIn(['admin'${pick(", 'guest'", '')}])],
})
export class UserService {
  async find({ id }) { return { id } }
  async change() { return { id: 1 } }
  async ${pick('gone', 'young')}() {}
}
on(UserService, 'find', [UserId], Get('/:id${pick('', '(\\\\d+)')}'), Returns(User))
on(UserService, 'change', [Change], ${pick("Put('/change')", "Post('/change')")}, Returns(undefined, ${pick('204', '205')})${pick(', Throws(NotFoundError)', '')})
on(UserService, '${pick('gone', 'young')}', [], Delete('/it'), Returns(undefined, 204))
Service()(UserService)
Route('/users')(UserService)
`
}

const changesInWords = `Breaking:
  OrderService.customer output.mail: may be absent, and was always there
  OrderService.customer output.name: is gone
  OrderService.customer output.note: may be null, and could not be
  OrderService.customer output.role: the value "guest" is new, and the consumer does not know it
  OrderService.customer output.tags: set of string became string[], and what is in it twice arrives once
    OrderService is called by micro.web
  UserService.change: PUT became POST
  UserService.change: is not idempotent any more, and consumers repeat it
  UserService.change input.code: matches(/^a/) became matches(/^b/)
  UserService.change input.count: is called "quantity" on the wire, was "qty"
  UserService.change input.id: number became string
  UserService.change input.mail: is required, was optional
  UserService.change input.name: at most 100 characters, was at most 200 characters
  UserService.change input.note: must not be null, and could be
  UserService.change input.old: is gone: what the consumer sends is ignored
  UserService.change input.role: the value "guest" is gone
  UserService.change input.since: comes from query, was body
  UserService.change input.tags: string[] became set of string, and what is in it twice arrives once
  UserService.change input.unsure: is new and required where its rules say so
  UserService.change input.young: is new and required
  UserService.change errors.NotFoundError: is gone
  UserService.find output.mail: may be absent, and was always there
  UserService.find output.name: is gone
  UserService.find output.note: may be null, and could not be
  UserService.find output.role: the value "guest" is new, and the consumer does not know it
  UserService.find output.tags: set of string became string[], and what is in it twice arrives once
  UserService.gone: is gone
    UserService is called by micro.orders

Compatible:
  OrderService.customer output.born: is new
  UserService.change output: 204 became 205
  UserService.find: /users/:id became /users/:id(\\d+), and calls go by the name of the method
  UserService.find output.born: is new
  UserService.young: is new

31 changes since lokstra.contracts.json, 26 breaking.
`

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

  it('says in words of each kind of change what it is', async () => {
    await change(version('was'))
    await lokstra(app.path, 'contract', 'snapshot')
    await change(version('is'))
    const { code, stdout } = await lokstra(app.path, 'contract', 'check')
    expect([code, stdout]).to.deep.equal([1, changesInWords])
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
      'Who calls them is not known: servers have mistakes; lokstra topology check lists them.\n',
    ])
    expect(stdout).to.include('none breaking')
  })
})
