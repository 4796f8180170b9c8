import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Get, OnStop, Route, Service, type Mount } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { problemOf } from '../../helpers/boot-problems.js'

@Route('/api')
class Api {
  @Get() get() {
    return 'api'
  }
}

let dir: string
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'lokstra-mounts-'))
  mkdirSync(join(dir, 'web/docs'), { recursive: true })
  mkdirSync(join(dir, 'web/assets'))
  mkdirSync(join(dir, 'bare'))
  writeFileSync(join(dir, 'secret'), 'secret')
  writeFileSync(join(dir, 'web/index.html'), '<p>home</p>')
  writeFileSync(join(dir, 'web/docs/index.html'), '<p>docs</p>')
  writeFileSync(join(dir, 'web/assets/app.js'), 'run()')
  writeFileSync(join(dir, 'web/LICENSE'), 'free')
  writeFileSync(join(dir, 'web/.env'), 'secret')
})
after(() => rmSync(dir, { recursive: true }))

const serverWith = (mount: Record<string, object>) =>
  createTestServer({ folder: dir, app: { mounts: [mount], controllers: [Api] } })
const browser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }

async function refusal(mount: Record<string, object>): Promise<string> {
  try {
    await serverWith(mount)
  } catch (error) {
    return String(error)
  }
  return 'started'
}

describe('a static mount', () => {
  for (const prefix of ['/', '/files', '/files/']) {
    const at = (path: string) => (prefix === '/' ? '' : '/files') + path

    it(`serves files and index pages below ${prefix}`, async () => {
      const server = await serverWith({ static: { prefix, dir: 'web', maxAge: 60_000 } })
      const script = await server.inject('GET', at('/assets/app.js'))
      expect(script.text).to.equal('run()')
      expect(script.headers).to.include({ 'cache-control': 'max-age=60', 'x-content-type-options': 'nosniff' })
      expect((await server.inject('GET', at('/'))).text).to.equal('<p>home</p>')
      expect((await server.inject('GET', at('/docs/'))).text).to.equal('<p>docs</p>')
      expect((await server.inject('GET', at('/LICENSE'))).text).to.equal('free')
      expect((await server.inject('HEAD', at('/LICENSE'))).headers['content-length']).to.equal('4')
    })

    it(`sends a folder without its slash to the one with it, below ${prefix}`, async () => {
      const server = await serverWith({ static: { prefix, dir: 'web' } })
      const response = await server.inject('GET', at('/docs?a=1'))
      expect(response.status).to.equal(301)
      expect(response.headers.location).to.equal(at('/docs/?a=1'))
      expect((await server.inject('GET', at('/docs/?a=1'))).text).to.equal('<p>docs</p>')
    })

    it(`answers 404 in the envelope for what is missing, hidden or outside, below ${prefix}`, async () => {
      const server = await serverWith({ static: { prefix, dir: 'web' } })
      for (const path of [
        '/missing',
        '/missing.js',
        '/.env',
        '/assets/',
        '/..%2fsecret',
        '/%2e%2e/secret',
        '/docs/..%2f..%2fsecret',
      ]) {
        const response = await server.inject('GET', at(path))
        expect([path, response.status]).to.deep.equal([path, 404])
        expect(response.json().error.code).to.equal('NOT_FOUND')
      }
    })
  }

  it('sends its prefix to the one with a slash', async () => {
    const server = await serverWith({ static: { prefix: '/files', dir: 'web' } })
    const response = await server.inject('GET', '/files')
    expect(response.status).to.equal(301)
    expect(response.headers.location).to.equal('/files/')
    expect((await server.inject('GET', '/files/')).text).to.equal('<p>home</p>')
  })

  it('leaves operations alone', async () => {
    const server = await serverWith({ static: { dir: 'web' } })
    expect((await server.inject('GET', '/api')).json().data).to.equal('api')
  })

  it('never sends a visitor to another host', async () => {
    const server = await serverWith({ static: { dir: 'web' } })
    const response = await server.inject('GET', '//docs')
    expect(response.headers.location ?? '').to.not.match(/^\/[\\/]/)
  })

  it('with a missing folder stops the server from starting, with its path', async () => {
    const message = await refusal({ static: { dir: 'nowhere' } })
    expect(message).to.include('E_MOUNT_DIR').and.include(join(dir, 'nowhere'))
    expect(await refusal({ static: { dir: 'secret' } })).to.include('E_MOUNT_DIR')
  })

  it('with a missing folder is told with the line of the configuration', async () => {
    await using app = await createAppFolder({
      'lokstra.yaml': 'apps:\n  - name: api\n    mounts:\n      - static:\n          dir: nowhere\n',
    })
    const problem = await problemOf({ file: join(app.path, 'lokstra.yaml') })
    expect(problem.code).to.equal('E_MOUNT_DIR')
    expect(problem.where).to.deep.equal([`${join(app.path, 'lokstra.yaml')}:5:16`])
  })
})

describe('a spa mount', () => {
  for (const prefix of ['/', '/app']) {
    const at = (path: string) => (prefix === '/' ? '' : prefix) + path

    it(`answers navigation below ${prefix} with its page, which is not kept`, async () => {
      const server = await serverWith({ spa: { prefix, dir: 'web', maxAge: 60_000 } })
      for (const path of ['/', '/index.html', '/users/1', '/docs']) {
        const response = await server.inject('GET', at(path), browser)
        expect([path, response.status, response.text]).to.deep.equal([path, 200, '<p>home</p>'])
        expect(response.headers['cache-control']).to.equal('no-cache')
      }
      expect((await server.inject('HEAD', at('/users/1'), browser)).status).to.equal(200)
    })

    it(`serves files below ${prefix}`, async () => {
      const server = await serverWith({ spa: { prefix, dir: 'web', maxAge: 60_000 } })
      const script = await server.inject('GET', at('/assets/app.js'), browser)
      expect(script.text).to.equal('run()')
      expect(script.headers['cache-control']).to.equal('max-age=60')
      expect((await server.inject('GET', at('/LICENSE'), browser)).text).to.equal('free')
    })

    it(`answers 404 for a missing file and for what is no navigation, below ${prefix}`, async () => {
      const server = await serverWith({ spa: { prefix, dir: 'web' } })
      expect((await server.inject('GET', at('/assets/old.js'), browser)).status).to.equal(404)
      expect((await server.inject('GET', at('/.env'), browser)).status).to.equal(404)
      const refused = await server.inject('GET', at('/users/1'), { headers: { accept: 'application/json' } })
      expect(refused.status).to.equal(404)
      expect(refused.headers.vary).to.equal('accept')
    })

    it(`does not lead out of its folder below ${prefix}`, async () => {
      const server = await serverWith({ spa: { prefix, dir: 'web' } })
      for (const path of ['/..%2fsecret', '/a/..%2f..%2fsecret', '/%2e%2e%2fsecret']) {
        expect((await server.inject('GET', at(path), browser)).text)
          .to.not.include('secret"')
          .and.not.equal('secret')
      }
    })
  }

  it('keeps the reason to vary that middleware gave, on its page and on its 404', async () => {
    const server = await createTestServer({
      folder: dir,
      middleware: [(ctx, next) => (ctx.setHeader('vary', 'Origin'), next())],
      app: { mounts: [{ spa: { dir: 'web' } }] },
    })
    for (const options of [browser, {}]) {
      expect((await server.inject('GET', '/users/1', options)).headers.vary).to.equal('Origin, accept')
    }
  })

  it('without its page stops the server from starting', async () => {
    expect(await refusal({ spa: { dir: 'bare' } }))
      .to.include('E_MOUNT_INDEX')
      .and.include(join(dir, 'bare/index.html'))
    expect(await refusal({ spa: { dir: 'nowhere' } })).to.include('E_MOUNT_DIR')
  })
})

describe('a path that is longer than any file may have', () => {
  for (const kind of ['static', 'spa']) {
    it(`is 404 on a ${kind} mount without a look at the disk`, async () => {
      const server = await serverWith({ [kind]: { dir: 'web' } })
      for (const path of [`/${'.'.repeat(15_000)}/a`, `/${'a'.repeat(4_100)}`, `/${'a/'.repeat(2_050)}`]) {
        const response = await server.inject('GET', path, browser)
        expect([path.length, response.status]).to.deep.equal([path.length, 404])
        expect(response.text).to.not.include('home')
      }
    })
  }
})

describe('a mount of the project itself', () => {
  const failing: Record<string, NonNullable<Mount['close']>> = {
    throws: () => {
      throw new Error('not closed')
    },
    rejects: () => Promise.reject(new Error('not closed')),
  }
  for (const [fails, close] of Object.entries(failing)) {
    it(`whose close ${fails} keeps no service from being stopped`, async () => {
      let isStopped = false
      @Service({ eager: true })
      class Store {
        @OnStop() stop() {
          isStopped = true
        }
      }
      const mount: Mount = { prefix: '/own', description: 'own', handle: () => 'own', close }
      const server = await createTestServer({
        listen: true,
        services: [Store],
        apps: [{ name: 'web', controllers: [Api], mounts: [mount] }],
      })
      expect(await server.server.stop()).to.deep.equal([])
      expect(isStopped).to.equal(true)
      expect(server.server.phase).to.equal('stopped')
      server.expectError(/not closed/)
      const line = server.logs.find(({ message }) => message === 'mount could not be closed')
      expect(line?.fields).to.include({ mount: 'own' }).and.to.have.nested.property('err.message', 'not closed')
    })
  }
})
