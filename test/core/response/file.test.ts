import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setImmediate as tick } from 'node:timers/promises'

import { Context, Get, Result, Route, type FileOptions } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { asUserBoundByModes } from '../../helpers/as-another-user.js'
import { openRaw } from './raw-request.js'

/** What this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return 'the listing itself'
    }
  })
}

describe('a file answer', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'lokstra-file-'))
    mkdirSync(join(dir, 'root/sub'), { recursive: true })
    mkdirSync(join(dir, 'root/.git'))
    writeFileSync(join(dir, 'secret.txt'), 'secret')
    writeFileSync(join(dir, 'root/a.txt'), '0123456789')
    writeFileSync(join(dir, 'root/100% #1?.txt'), 'odd name')
    writeFileSync(join(dir, 'root/empty.txt'), '')
    writeFileSync(join(dir, 'root/.env'), 'secret')
    writeFileSync(join(dir, 'root/.git/config'), 'secret')
    writeFileSync(join(dir, 'root/big.bin'), Buffer.alloc(8 * 1024 * 1024))
    symlinkSync('a.txt', join(dir, 'root/link.txt'))
    symlinkSync('loop', join(dir, 'root/loop'))
  })
  after(() => rmSync(dir, { recursive: true }))

  function serverOf(
    path: string,
    options: FileOptions = {},
    listen = false,
    prepare?: (ctx: Context) => void,
    refine = (result: Result<never>) => result,
  ) {
    @Route('/f')
    class Files {
      @Get() get(ctx: Context) {
        prepare?.(ctx)
        return refine(ctx.file(path, { root: join(dir, 'root'), ...options }))
      }
    }
    return createTestServer({ controllers: [Files], listen })
  }
  const get = async (path: string, headers: Record<string, string> = {}, options: FileOptions = {}, method = 'GET') =>
    (await serverOf(path, options)).inject(method, '/f', { headers })

  it('has type, length, validators and ranges', async () => {
    const response = await get('a.txt')
    expect(response.status).to.equal(200)
    expect(response.text).to.equal('0123456789')
    expect(response.headers).to.include({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'cache-control': 'max-age=0',
      'x-content-type-options': 'nosniff',
    })
    expect(response.headers).to.include.keys('etag', 'last-modified')
  })

  it('may have any name, or be empty, or be reached through a link', async () => {
    expect((await get('100% #1?.txt')).text).to.equal('odd name')
    expect((await get('empty.txt')).status).to.equal(200)
    expect((await get('link.txt')).text).to.equal('0123456789')
  })

  it('has no body on HEAD', async () => {
    const response = await get('a.txt', {}, {}, 'HEAD')
    expect(response.text).to.equal('')
    expect(response.headers['content-length']).to.equal('10')
  })

  it('is 304 when the client has it', async () => {
    const { headers } = await get('a.txt')
    const conditions: Record<string, string>[] = [
      { 'if-none-match': String(headers.etag) },
      { 'if-modified-since': String(headers['last-modified']) },
    ]
    for (const condition of conditions) {
      const response = await get('a.txt', condition)
      expect(response.status).to.equal(304)
      expect(response.text).to.equal('')
      expect(response.headers).to.not.have.any.keys('content-length', 'content-type')
    }
  })

  it('is 412 when a precondition fails', async () => {
    const response = await get('a.txt', { 'if-match': '"other"' })
    expect(response.status).to.equal(412)
    expect(response.json().error.code).to.equal('PRECONDITION_FAILED')
  })

  describe('with a tag of its own', () => {
    const ask = async (headers: Record<string, string>, tag = 'v1') => {
      const server = await serverOf('a.txt', {}, false, undefined, (result) => result.withEtag(tag))
      const { status, text, headers: answered } = await server.inject('GET', '/f', { headers })
      if (status === 304) expect(answered).to.not.have.any.keys('content-length', 'content-type')
      if (status !== 412) expect(answered.etag).to.equal(tag.startsWith('W/') ? tag : `"${tag}"`)
      return status < 300 ? `${status} ${text}` : String(status)
    }
    const whole = '200 0123456789'
    let lastModified: string
    let ownTag: string
    before(async () => {
      const { headers } = await get('a.txt')
      lastModified = String(headers['last-modified'])
      ownTag = String(headers.etag)
    })

    it('is 304 for that tag, not for the one that it would have, and by date where no tag is named', async () => {
      expect(await ask({ 'if-none-match': '"v0", "v1"' })).to.equal('304')
      expect(await ask({ 'if-none-match': '*' })).to.equal('304')
      expect(await ask({ 'if-none-match': '"v1"', range: 'bytes=2-4' })).to.equal('304')
      expect(await ask({ 'if-none-match': '"v0"', 'if-modified-since': lastModified })).to.equal(whole)
      expect(await ask({ 'if-none-match': ownTag })).to.equal(whole)
      expect(await ask({ 'if-modified-since': lastModified })).to.equal('304')
    })

    it('is 412 where another is required', async () => {
      expect(await ask({ 'if-match': '"v1"' })).to.equal(whole)
      expect(await ask({ 'if-match': '"v1"', 'if-unmodified-since': new Date(0).toUTCString() })).to.equal(whole)
      expect(await ask({ 'if-match': '"v0"' })).to.equal('412')
      expect(await ask({ 'if-match': ownTag })).to.equal('412')
      expect(await ask({ 'if-unmodified-since': new Date(0).toUTCString() })).to.equal('412')
    })

    it('is sent in part to whom has other parts of it', async () => {
      const range = 'bytes=2-4'
      expect(await ask({ range, 'if-range': '"v1"' })).to.equal('206 234')
      expect(await ask({ range, 'if-range': '"v0"' })).to.equal(whole)
      expect(await ask({ range, 'if-range': 'W/"v1"' }, 'W/"v1"')).to.equal(whole)
      expect(await ask({ range, 'if-range': lastModified })).to.equal('206 234')
      expect(await ask({ range, 'if-none-match': '"v0"' })).to.equal('206 234')
      expect(await ask({ range })).to.equal('206 234')
    })
  })

  it('is sent in part', async () => {
    const response = await get('a.txt', { range: 'bytes=2-4' })
    expect(response.status).to.equal(206)
    expect(response.text).to.equal('234')
    expect(response.headers).to.include({ 'content-range': 'bytes 2-4/10', 'content-length': '3' })
  })

  it('is 416 in the envelope when the part does not exist', async () => {
    const response = await get('a.txt', { range: 'bytes=50-' })
    expect(response.status).to.equal(416)
    expect(response.headers['content-range']).to.equal('bytes */10')
    expect(response.json().error.code).to.equal('RANGE_NOT_SATISFIABLE')
    expect(response.headers).to.not.have.any.keys('etag', 'last-modified')
  })

  it('is 404 in the envelope when it is missing, hidden, outside, a folder or no path at all', async () => {
    const paths = [
      'missing.txt',
      '',
      '.',
      'sub',
      'sub/',
      '.env',
      '.git/config',
      '../secret.txt',
      'sub/../../secret.txt',
      '/../secret.txt',
      '..\\secret.txt',
      '%2e%2e/secret.txt',
      'a.txt\0.png',
      'a.txt/b',
      'x'.repeat(300),
      `${'y/'.repeat(3000)}z`,
      'loop',
      '\ud800',
      '%',
    ]
    for (const path of paths) {
      const response = await get(path)
      expect([path, response.status]).to.deep.equal([path, 404])
      expect(response.json().error.code).to.equal('NOT_FOUND')
      expect(response.text).to.not.include('secret')
    }
  })

  it('is 404 when it may not be read', async () => {
    chmodSync(dir, 0o755)
    writeFileSync(join(dir, 'root/closed.txt'), '', { mode: 0 })
    // What the first answer loads belongs to whoever runs the tests.
    await get('a.txt')
    const [open, closed] = await asUserBoundByModes(async () => [await get('a.txt'), await get('closed.txt')] as const)
    expect([open.status, closed.status]).to.deep.equal([200, 404])
  })

  it('may be named by an absolute path where no root is given', async () => {
    const cwd = process.cwd()
    const inside = join(cwd, 'package.json')
    expect((await get(inside, {}, { root: undefined as never })).status).to.equal(200)
    expect((await get(relative(cwd, inside), {}, { root: undefined as never })).status).to.equal(200)
    expect((await get(join(dir, 'secret.txt'), {}, { root: undefined as never })).status).to.equal(404)
  })

  it('takes type and age from the options, and headers from the context', async () => {
    const typed = await get('a.txt', {}, { type: 'text/csv', maxAgeSeconds: 60 })
    expect(typed.headers).to.include({ 'content-type': 'text/csv', 'cache-control': 'max-age=60' })
    const server = await serverOf('a.txt', {}, false, (ctx) => ctx.setHeader('cache-control', 'private'))
    expect((await server.inject('GET', '/f')).headers['cache-control']).to.equal('private')
  })

  it('is offered for download under a safe name', async () => {
    const names: [string, string][] = [
      ['report.pdf', 'attachment; filename="report.pdf"'],
      [
        'r\u00e9sum\u00e9 \u20ac.pdf',
        'attachment; filename="r_sum_ _.pdf"; filename*=UTF-8\'\'r%C3%A9sum%C3%A9%20%E2%82%AC.pdf',
      ],
      ['a"b.txt', 'attachment; filename="a_b.txt"; filename*=UTF-8\'\'a%22b.txt'],
      ['../../etc/passwd', 'attachment; filename="passwd"'],
      ['a\r\nset-cookie: x', 'attachment; filename="aset-cookie: x"'],
      ['', 'attachment; filename="download"'],
      ["it's (1)*.txt", 'attachment; filename="it\'s (1)*.txt"'],
    ]
    for (const [name, expected] of names) {
      expect((await get('a.txt', {}, { downloadAs: name })).headers['content-disposition']).to.equal(expected)
    }
    expect((await get('a.txt', {}, { downloadAs: '\ud800.txt' })).status).to.equal(200)
  })

  it('is closed when its headers or cookies cannot be sent', async function () {
    if (!existsSync('/proc/self/fd')) this.skip()
    const refused: ((result: Result<never>) => Result<never>)[] = [
      (result) => result.withCookie('bad name', 'x'),
      (result) => result.withHeader('x-a', 'b\r\nc'),
    ]
    for (const refine of refused) {
      const server = await serverOf('a.txt', {}, false, undefined, refine)
      server.expectError(/E_RESPONSE_HEADER/)
      for (let i = 0; i < 5; i++) expect((await server.inject('GET', '/f')).status).to.equal(500)
    }
    // Closing takes turns of the event loop.
    const isOpen = () => openFiles().includes(join(dir, 'root/a.txt'))
    for (let turn = 0; turn < 1_000 && isOpen(); turn++) await tick()
    expect(isOpen()).to.equal(false)
  })

  it('is closed when the client leaves', async () => {
    const server = await serverOf('big.bin', {}, true)
    const raw = await openRaw(server.url(), 'GET /f HTTP/1.1\r\nhost: a\r\n\r\n')
    await raw.until('\r\n\r\n')
    raw.socket.destroy()
    await raw.closed()
    expect(server.logs.filter(({ level }) => level === 'error')).to.be.empty
  })
})
