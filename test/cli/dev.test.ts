import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, open, readFile, realpath, rename, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { connect, createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { expect } from 'chai'

import { Certificates } from '../helpers/certificates.js'
import { compilerOptions, DevServer, helloController } from '../helpers/dev-server.js'
import { isRunning } from '../helpers/is-running.js'
import { runProgram } from '../helpers/lokstra.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder } from '../helpers/temporary-folder.js'
import { poll } from '../helpers/poll.js'

const config = (controllers: string, more = '') =>
  `discover: [dist/**/*.js]\napps:\n  - { name: api, listen: '127.0.0.1:\${PORT}', controllers: [${controllers}]${more} }\n`

describe('lokstra dev', function () {
  this.timeout(120_000)

  describe('while a project is changed', () => {
    let dev: DevServer
    before(async () => {
      dev = await (await DevServer.start()).ready()
    })
    after(() => dev[Symbol.asyncDispose]())

    it('answers a request that comes after a save with the new code', async () => {
      expect((await dev.hello()).text).to.equal('one')
      await dev.save('src/hello.controller.ts', helloController('two'))
      expect((await dev.hello()).text).to.equal('two')
    })

    it('loses no connection while processes follow each other', async () => {
      let isOver = false
      const texts: (string | undefined)[] = []
      const asking = (async () => {
        while (!isOver) texts.push((await dev.hello()).text)
      })()
      for (const text of ['three', 'four', 'five']) {
        await dev.save('src/hello.controller.ts', helloController(text))
        expect((await dev.hello()).text).to.equal(text)
      }
      isOver = true
      await asking
      const order = ['two', 'three', 'four', 'five']
      const indexes = texts.map((text) => order.indexOf(text!))
      expect(indexes).to.not.include(-1)
      expect(indexes).to.deep.equal(indexes.toSorted())
    })

    it('keeps the whole of a request that waits for the new code', async () => {
      await dev.save(
        'src/echo.controller.ts',
        `import { Body, Post, Route } from '@lokstra/core'
import { IsString } from 'class-validator'
export class Text { @Body() @IsString() text!: string }
@Route('/echo')
export class EchoController { @Post() echo({ text }: Text) { return { text: String(text.length), pid: 0 } } }
`,
      )
      await dev.save('lokstra.yaml', config('HelloController, EchoController'))
      const body = JSON.stringify({ text: 'x'.repeat(600_000) })
      const response = await fetch(`${dev.url}/echo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      expect(await response.json()).to.deep.include({ data: { text: '600000', pid: 0 } })
    })

    it('answers 503 with what the compiler says, and the new code once it compiles', async () => {
      await dev.save('src/hello.controller.ts', `${helloController('six')}const wrong: number = 'text'\n`)
      const { status, code, message } = await dev.hello()
      expect({ status, code }).to.deep.equal({ status: 503, code: 'BUILD_FAILED' })
      expect(message).to.match(/src\/hello\.controller\.ts:6:7 - error TS2322/)
      expect(dev.output).to.match(/✗ The build failed; waiting for a change/)
      await dev.save('src/hello.controller.ts', helloController('six'))
      expect((await dev.hello()).text).to.equal('six')
    })

    it('shows a page to a browser, which is told to reload once the project runs', async () => {
      await dev.save('src/hello.controller.ts', 'export const = <b>')
      const page = await fetch(`${dev.url}/hello`, { headers: { accept: 'text/html,*/*' } })
      expect(page.status).to.equal(503)
      const html = await page.text()
      expect(html).to.match(/<h1>The build failed<\/h1>/)
      expect(html).to.include('export const = &#60;b&#62;')
      const events = await fetch(`${dev.url}/.lokstra/dev`)
      expect(events.headers.get('content-type')).to.equal('text/event-stream')
      await dev.save('src/hello.controller.ts', helloController('seven'))
      expect(await events.text()).to.equal('data: reload\n\n')
      expect((await dev.hello()).text).to.equal('seven')
    })

    it('says what keeps a build from its end, and builds again at the next change', async () => {
      await dev.save('src/gone.ts', 'export const gone = 1\n')
      await dev.hello()
      // It cannot be removed as a file.
      await mkdir(join(dev.folder, 'dist/gone.d.ts'))
      await dev.remove('src/gone.ts')
      const { code, message } = await dev.hello()
      expect(code).to.equal('BUILD_FAILED')
      expect(message).to.include('gone.d.ts')
      await dev.save('src/hello.controller.ts', helloController('seven'))
      expect((await dev.hello()).text).to.equal('seven')
    })

    it('lets pages of other origins on this machine, and no others, read why there is no answer', async () => {
      await dev.save('src/hello.controller.ts', 'export const = 1')
      const headers = { origin: 'http://localhost:5173', 'access-control-request-method': 'PUT' }
      const preflight = await fetch(`${dev.url}/hello`, { method: 'OPTIONS', headers })
      expect(preflight.status).to.equal(204)
      expect(preflight.headers.get('access-control-allow-methods')).to.equal('PUT')
      const answer = await fetch(`${dev.url}/hello`, { headers: { origin: headers.origin } })
      expect(answer.headers.get('access-control-allow-origin')).to.equal(headers.origin)
      const allowed = async (origin: string) => {
        const { headers: answered } = await fetch(`${dev.url}/hello`, { headers: { origin } })
        return answered.get('access-control-allow-origin')
      }
      for (const origin of ['http://127.0.0.1:5173', 'http://[::1]:5173', 'https://shop.localhost']) {
        expect(await allowed(origin)).to.equal(origin)
      }
      for (const origin of ['https://other.example', 'http://localhost.other.example', 'http://notlocalhost', 'null']) {
        expect(await allowed(origin), origin).to.equal(null)
      }
      await dev.save('src/hello.controller.ts', helloController('seven'))
      await dev.hello()
    })

    it('says why the server cannot start, and starts it when that is corrected', async () => {
      await dev.save('lokstra.yaml', config('HelloControler, EchoController'))
      const { status, code, message } = await dev.hello()
      expect({ status, code }).to.deep.equal({ status: 503, code: 'CONFIGURATION_FAILED' })
      expect(message).to.include('HelloController')
      await dev.save('src/other.ts', 'export const other = 1\n')
      expect((await dev.hello()).code).to.equal('START_FAILED')
      await dev.save('lokstra.yaml', config('HelloController, EchoController'))
      expect((await dev.hello()).text).to.equal('seven')
    })

    it('has loaded what starting takes before a change asks for it', async () => {
      // Routes are put into the tree after controllers are discovered: in a process that knew nothing before, it is not there yet.
      const controller = (change: number) => `import { createRequire } from 'node:module'
import { Get, Route } from '@lokstra/core'
const files = Object.keys(createRequire(import.meta.url).cache)
const loaded = ['yaml', 'tsyringe', 'find-my-way'].filter((name) => files.some((file) => file.includes(name)))
@Route('/hello')
export class HelloController {
  @Get() hello() { return { text: loaded.join(), change: ${change} } }
}
`
      let change = 0
      await poll(
        // The process that is next needs a while for it, and gets more each time.
        async () => {
          await delay(change * 500)
          await dev.save('src/hello.controller.ts', controller(++change))
          return (await dev.hello()).text === 'yaml,tsyringe,find-my-way'
        },
        () => dev.output,
      )
      await dev.save('src/hello.controller.ts', helloController('seven'))
    })

    it('takes a changed configuration without a new process where it can', async () => {
      const before = await dev.hello()
      await dev.save('lokstra.yaml', config('HelloController, EchoController', ', limits: { body: 8B }'))
      const response = await fetch(`${dev.url}/echo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"text":"long"}',
      })
      expect(response.status).to.equal(413)
      expect((await dev.hello()).pid).to.equal(before.pid)
      await dev.save('lokstra.yaml', config('HelloController', ', prefix: /v2'))
      const after = await dev.hello('/v2/hello')
      expect(after.text).to.equal('seven')
      expect(after.pid).to.not.equal(before.pid)
    })

    it('tells a mistake of the configuration once', async () => {
      const from = dev.output.length
      await dev.save('lokstra.yaml', config('HelloController', ', lisen: x'))
      await dev.until(/✗ The configuration has mistakes/, from)
      expect((await dev.hello()).code).to.equal('CONFIGURATION_FAILED')
      expect(dev.output.slice(from).match(/apps\.api\.lisen is not a known key/g)).to.have.length(1)
      // Saved once more as it is.
      const again = dev.output.length
      await dev.save('lokstra.yaml', config('HelloController', ', lisen: x'))
      await dev.until(/✗ The server cannot start, as before/, again)
      expect(dev.output.slice(again)).to.not.include('is not a known key')
      await dev.save('lokstra.yaml', config('HelloController'))
      expect((await dev.hello()).text).to.equal('seven')
    })

    it('takes what .env says', async () => {
      await dev.save('.env', 'PREFIX=/from-env\n')
      await dev.save('lokstra.yaml', config('HelloController', ", prefix: '${PREFIX}'"))
      expect((await dev.hello('/from-env/hello')).text).to.equal('seven')
      await dev.save('.env', 'PREFIX=/changed\n')
      expect((await dev.hello('/changed/hello')).text).to.equal('seven')
      await dev.save('lokstra.yaml', config('HelloController'))
    })

    it('does not serve what a removed or renamed file has left compiled', async () => {
      await dev.save(
        'src/extra.controller.ts',
        helloController('extra').replaceAll('Hello', 'Extra').replace('/hello', '/extra'),
      )
      await dev.save(
        'lokstra.yaml',
        config('"*"').replace(", controllers: ['*']", '').replace(', controllers: ["*"]', ''),
      )
      await dev.hello()
      expect(existsSync(join(dev.folder, 'dist/extra.controller.js'))).to.equal(true)
      await dev.remove('src/extra.controller.ts')
      await dev.hello()
      expect(existsSync(join(dev.folder, 'dist/extra.controller.js'))).to.equal(false)
      const from = dev.output.length
      await rename(join(dev.folder, 'src/hello.controller.ts'), join(dev.folder, 'src/renamed.controller.ts'))
      await dev.until(/↻ .* changed[^]*✓ ready/, from)
      expect((await dev.hello()).text).to.equal('seven')
      expect(existsSync(join(dev.folder, 'dist/hello.controller.js'))).to.equal(false)
    })

    it('takes many files at once as one change', async () => {
      const from = dev.output.length
      await Promise.all(
        Array.from({ length: 60 }, (_, index) => dev.save(`src/many/file-${index}.ts`, `export const x = ${index}\n`)),
      )
      expect((await dev.hello()).text).to.equal('seven')
      const starts = dev.output.slice(from).match(/✓ ready/g) ?? []
      expect(starts.length).to.be.within(1, 3)
      expect(dev.output).to.not.include('MaxListenersExceededWarning')
    })

    it('takes a file that is emptied before it is written as one change', async () => {
      let number = 0
      await poll(
        // On a busy machine the second half may come late, and is another change then.
        async () => {
          const from = dev.output.length
          const file = await open(join(dev.folder, 'src/number.ts'), 'w')
          // More than the file system counts time in.
          await delay(10)
          await file.writeFile(`export const number = ${++number}\n`)
          await file.close()
          await dev.until(/↻ .* changed/, from)
          expect((await dev.hello()).status).to.equal(200)
          expect(await dev.read('dist/number.js')).to.include(`number = ${number};`)
          return dev.output.slice(from).match(/↻/g)?.length === 1
        },
        () => dev.output,
      )
    })

    it('tells of a crash, and starts again at the next change', async () => {
      const crash = `import { Get, Route } from '@lokstra/core'
@Route('/crash')
export class CrashController { @Get() crash() { setImmediate(() => { throw new Error('it broke') }) } }
`
      await dev.save('src/crash.controller.ts', crash)
      await dev.save('lokstra.yaml', config('HelloController, CrashController'))
      await fetch(`${dev.url}/crash`).catch(() => undefined)
      await dev.until(/✗ The server ended with code 1; waiting for a change/)
      const { status, code, message } = await dev.hello()
      expect({ status, code }).to.deep.equal({ status: 503, code: 'SERVER_CRASHED' })
      expect(message).to.match(/it broke[^]*crash\.controller\.ts:3/)
      await dev.save('src/hello.controller.ts', helloController('eight'))
      await dev.save('src/renamed.controller.ts', 'export {}\n')
      expect((await dev.hello()).text).to.equal('eight')
    })
  })

  it('shows a mistake at the first start and serves once it is corrected', async () => {
    await using dev = await DevServer.start({ 'src/hello.controller.ts': 'export class {' })
    await dev.until(/✗ The build failed; waiting for a change/)
    expect(dev.output).to.match(/1 export class \{/)
    await dev.save('src/hello.controller.ts', helloController('corrected'))
    await dev.ready()
    expect((await dev.hello()).text).to.equal('corrected')
  })

  it('waits for a compiler that cannot run yet', async function () {
    if (process.platform === 'win32') this.skip()
    const native = `@typescript/typescript-${process.platform}-${process.arch}`
    const installed = await realpath(join(repositoryRoot, 'node_modules/typescript-7/package.json'))
    const folder = dirname(createRequire(installed).resolve(`${native}/package.json`))
    const program = join('node_modules', native, 'lib/tsc')
    const files = {
      'node_modules/typescript/package.json': JSON.stringify({ version: '7.0.0', bin: { tsc: 'tsc.js' } }),
      [`node_modules/${native}/package.json`]: '{}',
      [program]: `#!/bin/sh\nexec '${folder}/lib/tsc' "$@"\n`,
    }
    await using dev = await DevServer.start(files, { typescript: '' })
    await dev.until(/EACCES[^]*✗ The build failed; waiting for a change/)
    await chmod(join(dev.folder, program), 0o755)
    await dev.save('src/hello.controller.ts', helloController('two'))
    await dev.ready()
    expect((await dev.hello()).text).to.equal('two')
  })

  it('says what to do where the compiler ended before it has found a mistake', async () => {
    const manifest = { name: 'typescript', version: '7.0.0', type: 'module', bin: { tsc: 'tsc.js' } }
    const files = {
      'node_modules/typescript/package.json': JSON.stringify(manifest),
      'node_modules/typescript/tsc.js': `process.kill(process.pid, 'SIGKILL')\n`,
    }
    await using dev = await DevServer.start(files, { typescript: '' })
    await dev.until(/E_COMPILER_ENDED[^]*by SIGKILL[^]*Give it more memory[^]*✗ The build failed; waiting for a change/)
  })

  it('says that a port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      await using dev = await DevServer.start({}, { port: (other.address() as AddressInfo).port })
      await dev.until(/✗ The server cannot start/)
      expect(dev.output).to.include('E_LISTEN_IN_USE')
    } finally {
      other.close()
    }
  })

  it('holds connections to the limits and time-outs of their app', async () => {
    const app = (name: string, more: string) => `  - { name: ${name}, listen: '127.0.0.1:0', ${more} }\n`
    const yaml = `discover: [dist/**/*.js]
apps:
${app('slow', 'timeouts: { headers: 500ms }, controllers: [HelloController]')}${app('narrow', 'limits: { connections: 1 }')}`
    await using dev = await (await DevServer.start({ 'lokstra.yaml': yaml })).ready()
    const [slow, narrow] = Array.from(dev.output.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g), ([, port]) => Number(port))
    // Nothing, or half of a request.
    expect(await exchange(slow!, '')).to.equal('')
    expect(await exchange(slow!, 'GET /hello HTTP/1.1\r\nhost: x\r\n')).to.match(/^HTTP\/1\.1 408 /)
    expect((await fetch(`http://127.0.0.1:${slow}/hello`)).status).to.equal(200)
    const first = connect(narrow!, '127.0.0.1')
    try {
      first.on('error', () => undefined).write('GET /hello HTTP/1.1\r\n')
      // The next ones are refused by whoever has the first: at last by the process that serves it.
      await poll(
        async () => {
          expect(await exchange(narrow!, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')).to.equal('')
          return dev.output.includes('"limit":1,"msg":"connection limit reached')
        },
        () => `nothing was refused in:\n${dev.output}`,
      )
    } finally {
      first.destroy()
    }
    await poll(
      async () => (await exchange(narrow!, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')).startsWith('HTTP/1.1 404 '),
      () => 'the place of the first connection stays taken',
    )
  })

  it('asks for TypeScript where it is missing', async () => {
    await using without = await DevServer.start({}, { typescript: '' })
    expect(await without.exit).to.equal(1)
    expect(without.output).to.match(/E_TYPESCRIPT_MISSING[^]*npm install --save-dev typescript/)
  })

  it('ends with everything that it has started', async () => {
    await using dev = await (await DevServer.start()).ready()
    const { pid } = await dev.hello()
    dev.process.kill('SIGINT')
    expect(await dev.exit).to.equal(0)
    expect(isRunning(pid!)).to.equal(false)
  })

  it('waits for no start to end', async () => {
    const controller = `import { setTimeout as delay } from 'node:timers/promises'
import { Get, OnStart, Route } from '@lokstra/core'
@Route('/hello')
export class HelloController {
  @OnStart() async wait() { console.log('waiting'); await delay(12_000); console.log('waited') }
  @Get() hello() { return { text: 'one', pid: process.pid } }
}
`
    await using dev = await DevServer.start({ 'src/hello.controller.ts': controller })
    await dev.until(/waiting/)
    dev.process.kill('SIGINT')
    expect(await dev.exit).to.equal(0)
    expect(dev.output).to.not.match(/waited|ready|✗/)
  })

  it('ends at once when it is told so twice', async () => {
    const slow = `import { OnStop, Service } from '@lokstra/core'
@Service({ eager: true })
export class Slow { @OnStop() async stop() { console.log('stopping slowly'); await new Promise(() => undefined) } }
`
    await using dev = await (await DevServer.start({ 'src/slow.ts': slow })).ready()
    const { pid } = await dev.hello()
    dev.process.kill('SIGINT')
    await dev.until(/stopping slowly/)
    // What comes within half a second is the same Ctrl-C, forwarded by npm.
    await delay(600)
    dev.process.kill('SIGINT')
    expect(await dev.exit).to.equal(130)
    await poll(
      () => !isRunning(pid!),
      () => `process ${pid} is still there`,
    )
  })

  it('serves TLS and HTTP/2, and says over TLS what is wrong', async () => {
    const certificates = new Certificates()
    try {
      const { cert, key } = certificates.server
      const https = `discover: [dist/**/*.js]\napps:\n  - { name: api, listen: '127.0.0.1:\${PORT}', http2: true, tls: { cert: ${cert}, key: ${key} } }\n`
      await using dev = await (await DevServer.start({ 'lokstra.yaml': https })).ready()
      const ask = (...args: string[]) =>
        runProgram(
          'curl',
          ['-sS', '--cacert', certificates.ca, ...args, `${dev.url.replace('http:', 'https:')}/hello`],
          {
            cwd: dev.folder,
          },
        )
      expect((await ask('--http1.1')).stdout).to.include('"text":"one"')
      expect((await ask('--http2', '-w', '%{http_version}')).stdout).to.match(/"text":"one".*2$/)
      await dev.save('src/hello.controller.ts', 'export const = 1')
      expect((await ask()).stdout).to.include('BUILD_FAILED')
      await dev.save('src/hello.controller.ts', helloController('two'))
      expect((await ask('--http2')).stdout).to.include('"text":"two"')
    } finally {
      certificates.remove()
    }
  })

  it('keeps the embedded Postgres while processes follow each other, and not longer, though it is killed', async () => {
    const data = await createTemporaryFolder()
    const ownerOf = async () => {
      const owner = JSON.parse(await readFile(join(data.path, 'owner.json'), 'utf8')) as { readonly pid: number }
      return owner.pid
    }
    const controller = `import { Get, Route } from '@lokstra/core'
import { Database } from '@lokstra/services/postgres'
@Route('/hello')
export class HelloController {
  constructor(private readonly db: Database) {}
  @Get() async hello() {
    const { rows } = await this.db.query<{ text: string }>('select pg_postmaster_start_time()::text as text')
    return { text: rows[0]!.text, pid: process.pid }
  }
}
`
    const yaml = `${config('HelloController')}services:\n  db: { type: postgres, url: embedded, dataDir: ${data.path}, durable: false }\n`
    try {
      await using dev = await (
        await DevServer.start({ 'lokstra.yaml': yaml, 'src/hello.controller.ts': controller })
      ).ready()
      const [first, keeper] = [await dev.hello(), await ownerOf()]
      expect(first.status).to.equal(200)
      await dev.save('src/hello.controller.ts', `${controller}// changed\n`)
      const second = await dev.hello()
      expect(second.text).to.equal(first.text)
      expect(second.pid).to.not.equal(first.pid)
      expect(await ownerOf()).to.equal(keeper)
      dev.process.kill('SIGKILL')
      await poll(
        () => !isRunning(keeper),
        () => `process ${keeper} is still there`,
      )
    } finally {
      await data[Symbol.asyncDispose]()
    }
  })

  it('has loaded a linked package before a change asks for it, and not what it was before', async () => {
    const manifest = (more: object) => JSON.stringify({ type: 'module', ...more })
    const controller = `import { Get, Route } from '@lokstra/core'
import { Texts } from 'texts'
@Route('/hello')
export class HelloController {
  constructor(private readonly texts: Texts) {}
  @Get() hello() { return { text: this.texts.text, pid: process.pid } }
}
`
    const linked = `import { appendFileSync } from 'node:fs'
import { Service } from '@lokstra/core'
import { text } from './text.js'
appendFileSync(new URL('./loaded', import.meta.url), process.pid + '\\n')
export class Texts { text = text }
Service()(Texts)
`
    const files = {
      'package.json': manifest({ dependencies: { texts: '*' } }),
      'linked/package.json': manifest({ name: 'texts', exports: './index.js', lokstra: { services: { texts: '.' } } }),
      'linked/index.js': linked,
      'linked/index.d.ts': 'export declare class Texts { readonly text: string }\n',
      'linked/text.js': `export const text = 'one'\n`,
    }
    await using dev = await (await DevServer.start(files)).ready()
    await symlink('../linked', join(dev.folder, 'node_modules/texts'))
    const loaded = async () => (await dev.read('linked/loaded')).trim().split('\n').map(Number)
    await dev.save('src/hello.controller.ts', controller)
    await dev.save('lokstra.yaml', `${config('HelloController')}services: { texts: { type: texts } }\n`)
    let current = await dev.hello()
    expect(current.text).to.equal('one')
    const othersLoad = async () => {
      await poll(
        async () => (await loaded()).at(-1) !== current.pid,
        () => `nothing else than process ${current.pid} has loaded the package`,
      )
      return (await loaded()).at(-1)
    }
    let change = 0
    await poll(
      // Whatever touches an installed file meanwhile has it pass that process over.
      async () => {
        const next = await othersLoad()
        await dev.save('src/hello.controller.ts', `${controller}// change ${++change}\n`)
        current = await dev.hello()
        return current.pid === next
      },
      () => 'no process that had loaded the package before was used',
    )
    await othersLoad()
    await writeFile(join(dev.folder, 'linked/text.js'), `export const text = 'two'\n`)
    await dev.save('src/hello.controller.ts', `${controller}// last change\n`)
    expect((await dev.hello()).text).to.equal('two')
  })

  it('takes nothing that the compiler writes for a change', async () => {
    const options = { ...compilerOptions, composite: true, rootDir: '.', outDir: 'dist' }
    const files = {
      'tsconfig.json': JSON.stringify({ files: [], references: [{ path: './tsconfig.src.json' }, { path: './lib' }] }),
      'tsconfig.src.json': JSON.stringify({ compilerOptions: options, include: ['src'] }),
      'lib/tsconfig.json': JSON.stringify({
        compilerOptions: { ...options, declarationDir: 'types' },
        include: ['*.ts'],
      }),
      'lib/lib.ts': 'export const lib = 1\n',
      'src/text.ts': `export const text = 'one'\n`,
      'src/hello.controller.ts': helloController('one'),
    }
    await using dev = await (await DevServer.start(files)).ready()
    for (const [file, text] of [
      ['src/text.ts', 'one'],
      ['src/hello.controller.ts', 'two'],
      ['lib/lib.ts', 'two'],
    ] as const) {
      await dev.save(file, file.includes('hello') ? helloController(text) : `export const changed = '${text}'\n`)
      expect((await dev.hello()).text).to.equal(text)
    }
    expect(dev.output.match(/(?<=↻ ).*(?= changed)/g)).to.deep.equal([
      'src/text.ts',
      'src/hello.controller.ts',
      'lib/lib.ts',
    ])
  })

  it('takes nothing for a change that is compiled beside its source', async () => {
    const options = { ...compilerOptions, declaration: true }
    const files = {
      'tsconfig.json': JSON.stringify({ compilerOptions: options, include: ['src'] }),
      'lokstra.yaml': config('HelloController').replace('dist/**/*.js', 'src/**/*.js'),
    }
    await using dev = await (await DevServer.start(files)).ready()
    await dev.save('src/hello.controller.ts', helloController('two'))
    expect((await dev.hello()).text).to.equal('two')
    await dev.save('src/hello.controller.ts', helloController('three'))
    expect((await dev.hello()).text).to.equal('three')
    expect(dev.output.match(/(?<=↻ ).*(?= changed)/g)).to.deep.equal(Array(2).fill('src/hello.controller.ts'))
  })

  it('takes changes of projects that are referred to by others or by file, whatever their folders are called', async () => {
    const project = (references: readonly string[], more: object = {}) =>
      JSON.stringify({
        compilerOptions: { ...compilerOptions, composite: true, rootDir: 'src', outDir: 'dist', ...more },
        include: ['src'],
        references: references.map((path) => ({ path })),
      })
    const hello = helloController('one').replace('"one"', 'text')
    const files = {
      '.app/lokstra.yaml': config('HelloController'),
      '.app/tsconfig.json': project(['../lib/tsconfig.build.json']),
      '.app/src/hello.controller.ts': `import { text } from '../../lib/dist/text.js'\n${hello}`,
      'lib/tsconfig.build.json': project(['../.base']),
      'lib/src/text.ts': `export { text } from '../../.base/dist/text.js'\n`,
      '.base/tsconfig.json': project([]),
      '.base/src/text.ts': `export const text = 'one'\n`,
    }
    await using dev = await (await DevServer.start(files, { below: '.app' })).ready()
    expect((await dev.hello()).text).to.equal('one')
    await dev.save('.base/src/text.ts', `export const text = 'two'\n`)
    expect((await dev.hello()).text).to.equal('two')
    await dev.save('lib/src/text.ts', `export const text = 'three'\n`)
    expect((await dev.hello()).text).to.equal('three')
    await dev.save('.app/src/hello.controller.ts', helloController('four'))
    expect((await dev.hello()).text).to.equal('four')
  })

  it('leaves nothing behind when it is killed, not even a process that is busy for ever', async () => {
    const busy = helloController('one').replace('@Get()', "@Get('/busy') busy() { for (;;); }\n  @Get()")
    await using dev = await (await DevServer.start({ 'src/hello.controller.ts': busy })).ready()
    const { pid } = await dev.hello()
    void fetch(`${dev.url}/hello/busy`).catch(() => undefined)
    dev.process.kill('SIGKILL')
    await poll(
      () => !isRunning(pid!),
      () => `process ${pid} is still there`,
    )
  })
})

/** What comes back on a connection for a text, until it is closed by the other side. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
  // One that is closed at once may be reset.
  socket.on('error', () => undefined)
  if (text !== '') socket.write(text)
  await new Promise((closed) => socket.once('close', closed))
  return answer
}
