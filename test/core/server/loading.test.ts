import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { expect } from 'chai'

/** Starts and stops a server in a process of its own; gives the packages it loaded, and the parts of Node. */
async function loadedBy(options: string): Promise<{ readonly packages: readonly string[]; readonly node: string }> {
  const script = `
    import { createRequire } from 'node:module'
    import { createServer, Get, Returns, Route, Service } from '@lokstra/core'
    class Clock { async now() { return 'now' } }
    Reflect.defineMetadata('design:paramtypes', [], Clock.prototype, 'now')
    Reflect.defineMetadata('design:returntype', Promise, Clock.prototype, 'now')
    for (const decorate of [Get(), Returns(String)])
      decorate(Clock.prototype, 'now', Object.getOwnPropertyDescriptor(Clock.prototype, 'now'))
    Route('/time')(Clock)
    Service({ eager: true })(Clock)
    const server = await createServer(${options}).start()
    await server.stop()
    const { cache } = createRequire(import.meta.url)
    console.log(JSON.stringify({ files: Object.keys(cache), node: process.moduleLoadList.join() }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const { files, node } = JSON.parse(stdout) as { files: readonly string[]; node: string }
  const names = files.map((file) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? file)
  return { packages: [...new Set(names)], node }
}

describe('what a server loads', () => {
  it('is not what it has no use for', async () => {
    const { packages } = await loadedBy(`{ apps: [{ listen: '127.0.0.1:0' }] }`)
    expect(packages).to.include('class-validator')
    for (const unused of [
      'tsyringe',
      'yaml',
      'redos-detector',
      '@fastify/send',
      'find-my-way',
      'light-my-request',
      'undici',
      'libphonenumber-js',
    ]) {
      expect(packages).not.to.include(unused)
    }
  })

  it('is not what carries calls in memory, in production, where it publishes services', async () => {
    const { packages } = await loadedBy(`{
      environment: 'production',
      services: [Clock],
      apps: [{ listen: '127.0.0.1:0', publish: [Clock] }],
      config: { calls: { secret: 's'.repeat(32) } },
    }`)
    expect(packages).to.include('class-validator').and.not.to.include('light-my-request')
  })

  it('is the container once there is a service', async () => {
    const { packages } = await loadedBy(`{ services: [Clock], apps: [{ listen: '127.0.0.1:0' }] }`)
    expect(packages).to.include('tsyringe')
  })

  it('is never parsed for the names that a CommonJS module exports', async () => {
    const { node } = await loadedBy(`{ services: [Clock], apps: [{ listen: '127.0.0.1:0' }] }`)
    expect(node).not.to.include('cjs-module-lexer')
  })
})
