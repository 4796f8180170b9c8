import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

import { expect } from 'chai'

import { describeFailure } from './describe-failure.js'
import type { KeyCases } from './key-case.js'
import { Probe, probe, probeApp, startYaml } from './yaml-server.js'

const greeter = `import { Get, Route } from '@lokstra/core'
export class Greeter { greet() { return 'hello' } }
Reflect.defineMetadata('design:paramtypes', [], Greeter.prototype, 'greet')
Get()(Greeter.prototype, 'greet', Object.getOwnPropertyDescriptor(Greeter.prototype, 'greet'))
Route('/greet')(Greeter)
`

/** A module that brings one of each kind, with configuration of its own. */
const extra = `import { Get, Inject, Module, Route, Service } from '@lokstra/core'
import { IsString } from 'class-validator'
${greeter.split('\n').slice(1).join('\n')}
class Tool {}
Service({ eager: true })(Tool)
class ExtraConfig { tag = 'none' }
Reflect.defineMetadata('design:type', String, ExtraConfig.prototype, 'tag')
IsString()(ExtraConfig.prototype, 'tag')
export class Extra {
  constructor(config) { this.config = config }
  register(registry) {
    registry.service(Tool)
    registry.controller(Greeter)
    registry.middleware('tag', (ctx, next) => { ctx.setHeader('x-tag', this.config.tag); return next() })
  }
}
Reflect.defineMetadata('design:paramtypes', [ExtraConfig], Extra)
Module({ config: ExtraConfig, capabilities: { services: true, middleware: true, controllers: true, inject: ['clock'] } })(Extra)
`.replace(', Inject', '')

const all = ['services: true', 'middleware: true', 'controllers: true', 'inject: [clock]']

function withModule(entry: string): string {
  return `discover: [dist/*.js]\nmodules: [${entry}]\nmiddleware: [tag]\napps: [{ name: api, listen: '127.0.0.1:0' }]\n`
}

const startModule = (entry: string) => startYaml(withModule(entry), { files: { 'dist/extra.js': extra } })

/** With everything allowed it starts; without this one it does not. */
async function isAsked(index: number, refusal: RegExp): Promise<void> {
  await using server = await startModule(`{ use: Extra, allow: { ${all.join(', ')} } }`)
  expect((await server.request('/greet')).status).to.equal(200)
  const rest = all.filter((_, at) => at !== index).join(', ')
  expect(await describeFailure(startModule(`{ use: Extra, allow: { ${rest} } }`))).to.match(refusal)
}

const waitFor = async (isThere: () => boolean | Promise<boolean>): Promise<void> => {
  for (let left = 200; !(await isThere()); left--) {
    if (left === 0) throw new Error('It did not happen')
    await delay(25)
  }
}

export const serverKeys: KeyCases = {
  async 'ServerConfig.name'() {
    await using server = await startYaml(probeApp('', 'name: shop'), { code: probe })
    expect(server.log.lines.find(({ msg }) => msg === 'server ready')).to.include({ server: 'shop' })
  },
  async 'ServerConfig.discover'() {
    const yaml = `discover: dist/*.js\napps: [{ name: api, listen: '127.0.0.1:0' }]\n`
    await using server = await startYaml(yaml, { files: { 'dist/greeter.js': greeter } })
    expect((await server.request('/greet')).status).to.equal(200)
  },
  async 'ServerConfig.modules'() {
    await using server = await startModule('Extra')
    expect((await server.request('/greet')).status).to.equal(200)
  },
  async 'ServerConfig.modules.use'() {
    await using server = await startModule('{ use: Extra }')
    expect((await server.request('/greet')).headers.get('x-tag')).to.equal('none')
  },
  async 'ServerConfig.modules.config'() {
    await using server = await startModule('{ use: Extra, config: { tag: blue } }')
    expect((await server.request('/greet')).headers.get('x-tag')).to.equal('blue')
  },
  'ModuleAllowance.services': () => isAsked(0, /registers services/),
  'ModuleAllowance.middleware': () => isAsked(1, /registers middleware/),
  'ModuleAllowance.controllers': () => isAsked(2, /registers controllers/),
  'ModuleAllowance.inject': () => isAsked(3, /injects.*clock/),
  async 'ServerConfig.middleware'() {
    await using server = await startYaml(probeApp('', 'middleware: [requestId]'), { code: probe })
    expect((await server.request('/probe')).headers.has('x-request-id')).to.equal(true)
  },
  async 'ServerConfig.apps'() {
    const yaml = `apps:\n  - { name: api, listen: '127.0.0.1:0' }\n  - { name: admin, listen: '127.0.0.1:0', controllers: [health] }\n`
    await using server = await startYaml(yaml, { code: probe })
    expect(server.server.listeners).to.have.length(2)
    expect((await fetch(`${server.server.listeners[1]!.url}/health/live`)).status).to.equal(200)
  },
  async 'ServerConfig.services'() {
    const yaml = probeApp('', `services: { checks: { type: health } }`)
    await using server = await startYaml(yaml.replace('name: api', 'name: api, controllers: [health]'))
    expect((await server.request('/health/ready')).status).to.equal(200)
  },
  async 'services.dependsOn'() {
    const service = (
      name: string,
    ) => `export class ${name} { start() { console.assert(true); globalThis.started?.push('${name}') } }
OnStart()(${name}.prototype, 'start', Object.getOwnPropertyDescriptor(${name}.prototype, 'start'))
Service({ eager: true })(${name})
`
    const code = `import { OnStart, Service } from '@lokstra/core'\n${service('First')}${service('Second')}`
    const started: string[] = []
    Object.assign(globalThis, { started })
    try {
      for (const [one, other] of [
        ['First', 'Second'],
        ['Second', 'First'],
      ] as const) {
        const services = `services: { a: { type: ${one}, dependsOn: [b] }, b: { type: ${other} } }`
        await using server = await startYaml(probeApp('', `discover: [dist/*.js]\n${services}`), {
          code: probe,
          files: { 'dist/services.js': code },
        })
        expect(server.server.phase).to.equal('ready')
        expect(started.splice(0)).to.deep.equal([other, one])
      }
    } finally {
      Reflect.deleteProperty(globalThis, 'started')
    }
  },
  async 'ReloadConfig.watch'() {
    const yaml = (limit: string) => probeApp(`limits: { body: ${limit} }`, 'reload: { watch: true }')
    await using server = await startYaml(yaml('10b'), { code: probe })
    const status = async () => {
      const body = JSON.stringify({ value: 'longer than ten bytes' })
      const headers = { 'content-type': 'application/json' }
      return (await server.request('/probe', { method: 'POST', headers, body })).status
    }
    expect(await status()).to.equal(413)
    await writeFile(`${server.folder}/lokstra.yaml`, yaml('1KiB'))
    await waitFor(async () => (await status()) === 200)
  },
  async 'ShutdownConfig.drainDelay'() {
    await using server = await startYaml(probeApp().replace('idle: 0', 'idle: 0, drainDelay: 400ms'), { code: probe })
    const stopping = server.server.stop()
    expect(server.server.phase).not.to.equal('ready')
    expect((await server.request('/probe')).status).to.equal(200)
    await stopping
  },
  async 'ShutdownConfig.timeout'() {
    await using server = await startYaml(probeApp().replace('500ms', '100ms'), { code: probe })
    const before = Probe.waiting
    const waiting = server.request('/probe/wait').catch(() => 'cut off')
    await waitFor(() => Probe.waiting > before)
    await server.server.stop()
    expect(await waiting).to.equal('cut off')
  },
  async 'ShutdownConfig.idle'() {
    const yaml = probeApp().replace('timeout: 500ms, idle: 0', 'timeout: 20s, idle: 300ms')
    await using server = await startYaml(yaml, { code: probe })
    const socket = await server.socket('GET /probe HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(socket, 'data')
    const stopping = server.server.stop()
    // It is still there: a client that uses it in time gets an answer, and not a reset.
    socket.write('GET /probe HTTP/1.1\r\nhost: a\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [string]
    expect(answer).to.match(/^HTTP\/1.1 200 /)
    await stopping
  },
}
