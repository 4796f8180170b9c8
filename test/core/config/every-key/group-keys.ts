import { Module, type ModuleRegistry, type ServerOptions } from '@lokstra/core'
import { expect } from 'chai'

import type { KeyCases } from './key-case.js'
import { Probe, probeApp, startYaml } from './yaml-server.js'

/** Lets configuration name {@link Probe}. */
@Module({ capabilities: { controllers: true } })
class ProbeModule {
  register(registry: ModuleRegistry): void {
    registry.controller(Probe)
  }
}

const named: ServerOptions = { modules: [ProbeModule] }
const start = (keys: string) => startYaml(probeApp(keys), { code: named })
const id = 'middleware: [requestId]'
const noId = 'override: true'

/** Whether answers have an id, which a middleware gives them. */
async function hasId(keys: string, path: string): Promise<boolean> {
  await using server = await start(keys)
  const { status, headers } = await server.request(path)
  expect(status).to.equal(200)
  return headers.has('x-request-id')
}

async function statusOf(keys: string, path: string, init?: RequestInit): Promise<number> {
  await using server = await start(keys)
  return (await server.request(path, init)).status
}

const group = (keys: string) => `groups: [{ prefix: /in, controllers: [Probe], ${keys} }]`
const route = (keys: string) => `controllers: [Probe], routes: [{ path: /here, handler: Probe.get, ${keys} }]`

export const groupKeys: KeyCases = {
  async 'AppConfig.groups'() {
    expect(await statusOf(group(''), '/in/probe')).to.equal(200)
  },
  async 'AppConfig.routes'() {
    expect(await statusOf(route(''), '/here')).to.equal(200)
  },
  async 'AppConfig.override'() {
    const yaml = (keys: string) => probeApp(keys, id)
    await using server = await startYaml(yaml(noId), { code: named })
    expect((await server.request('/probe')).headers.has('x-request-id')).to.equal(false)
    await using other = await startYaml(yaml(''), { code: named })
    expect((await other.request('/probe')).headers.has('x-request-id')).to.equal(true)
  },
  async 'GroupConfig.prefix'() {
    expect(await statusOf('groups: [{ prefix: /v2, controllers: [Probe] }]', '/v2/probe')).to.equal(200)
  },
  async 'GroupConfig.controllers'() {
    expect(await statusOf('groups: [{ controllers: Probe }]', '/probe')).to.equal(200)
  },
  async 'GroupConfig.routes'() {
    const keys = 'controllers: [Probe], groups: [{ prefix: /in, routes: [{ path: /here, handler: Probe.get }] }]'
    expect(await statusOf(keys, '/in/here')).to.equal(200)
  },
  async 'GroupConfig.groups'() {
    const keys = 'groups: [{ prefix: /a, groups: [{ prefix: /b, controllers: [Probe] }] }]'
    expect(await statusOf(keys, '/a/b/probe')).to.equal(200)
  },
  async 'GroupConfig.middleware'() {
    expect([await hasId(group(id), '/in/probe'), await hasId(group(''), '/in/probe')]).to.deep.equal([true, false])
  },
  async 'GroupConfig.override'() {
    expect(await hasId(`${id}, ${group('')}`, '/in/probe')).to.equal(true)
    expect(await hasId(`${id}, ${group(noId)}`, '/in/probe')).to.equal(false)
  },
  async 'RouteConfig.verb'() {
    expect(await statusOf(route('verb: DELETE'), '/here', { method: 'DELETE' })).to.equal(200)
  },
  async 'RouteConfig.path'() {
    expect(await statusOf('controllers: [Probe], routes: [{ path: /a/b, handler: Probe.get }]', '/a/b')).to.equal(200)
  },
  async 'RouteConfig.handler'() {
    const keys = 'controllers: [Probe], routes: [{ path: /broken, handler: Probe.fail }]'
    expect(await statusOf(keys, '/broken')).to.equal(500)
  },
  async 'RouteConfig.middleware'() {
    expect([await hasId(route(id), '/here'), await hasId(route(''), '/here')]).to.deep.equal([true, false])
  },
  async 'RouteConfig.override'() {
    expect(await hasId(`${id}, ${route('')}`, '/here')).to.equal(true)
    expect(await hasId(`${id}, ${route(noId)}`, '/here')).to.equal(false)
  },
  async 'RouteConfig.handlerTimeout'() {
    const keys = 'controllers: [Probe], routes: [{ path: /here, handler: Probe.wait, handlerTimeout: 50ms }]'
    expect(await statusOf(keys, '/here')).to.equal(503)
  },
  async 'RouteConfig.status'() {
    expect(await statusOf(route('status: 202'), '/here')).to.equal(202)
  },
}
