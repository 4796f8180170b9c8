import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import {
  createServer,
  describeBootFailure,
  Field,
  LokstraError,
  readBootProblems,
  SecretProvider,
  Service,
  type SecretContext,
  type Server,
} from '@lokstra/core'
import { expect } from 'chai'
import { IsInt, IsString, Matches, Max, MaxLength } from 'class-validator'
import fc from 'fast-check'

import { createAppFolder, type AppFolder } from '../../helpers/app-folder.js'
import { problemsOf } from '../../helpers/boot-problems.js'
import { runProgram } from '../../helpers/lokstra.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { recordLog } from '../../services/recorded-log.js'

class VaultClientConfig {
  @IsString() secret!: string
  @IsString() address = ''
  @Field({ type: () => String }) @MaxLength(3, { each: true }) codes: string[] = []
  @IsInt() @Max(10) size = 1
  @Matches(/^fast$/, { message: 'the mode $value is unknown' }) mode = 'fast'
}

@Service({ name: 'client', config: VaultClientConfig, eager: true })
class VaultClient {
  constructor(readonly config: VaultClientConfig) {}
}

describe('secrets in the configuration', () => {
  let folder: AppFolder
  beforeEach(async () => {
    folder = await createAppFolder({})
  })
  afterEach(() => folder[Symbol.asyncDispose]())

  async function write(yaml: string, files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(folder.path, name, '..'), { recursive: true })
      await writeFile(join(folder.path, name), content)
    }
    await writeFile(join(folder.path, 'lokstra.yaml'), yaml)
    return join(folder.path, 'lokstra.yaml')
  }

  /** A server whose service has the secret of a placeholder. */
  async function serverWith(placeholder: string, secrets: string, env: NodeJS.ProcessEnv = {}): Promise<Server> {
    const file = await write(`${secrets}\nservices: { client: { type: client, secret: '${placeholder}' } }\n`)
    return createServer({ file, env, services: [VaultClient, silentLogger] })
  }

  async function secretOf(placeholder: string, secrets = '', env?: NodeJS.ProcessEnv): Promise<string> {
    const server = await serverWith(placeholder, secrets, env)
    await server.start({ listen: false })
    const { secret } = server.get(VaultClient).config
    await server.stop()
    return secret
  }

  /** `CODE line:column problem` of all that is wrong, without the folder. */
  async function reportsOf(yaml: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
    const problems = await problemsOf({
      file: await write(yaml),
      env,
      services: yaml.includes('client') ? [VaultClient] : [],
    })
    return problems.map(({ code, problem, where }) => {
      const place = /:(\d+:\d+)$/.exec(where[0] ?? '')?.[1] ?? '-'
      return `${code} ${place} ${problem}`.replaceAll(folder.path, '.')
    })
  }

  const print = `command: ['${process.execPath}', print.mjs, '{key}']`
  const script = "import { readFileSync } from 'node:fs'\nprocess.stdout.write(readFileSync(process.argv[2]))\n"

  it('arrive unchanged whatever they hold, and are shown nowhere', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 6, maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom(...': # { } [ ] \' " \\ \n \r \t ${ $$ , & * ! | > % @ `'.split(' '), 'a', 'Ü', '😀'),
        minLength: 6,
        maxLength: 40,
      }),
      fc.string({ minLength: 5_000, maxLength: 6_000 }),
    )
    await write('', { 'print.mjs': script })
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        // A variable cannot hold it, and a file ends where its line does; ordinary words are not hidden in all texts.
        fc.pre(!/^\w+$/.test(value) && new Set(value).size >= 4)
        fc.pre(!value.includes('\0') && !/\r?\n$/.test(value) && value.isWellFormed())
        await write('', { 'secrets/it': value })
        const section = `secrets: { file: { type: file, dir: secrets }, cmd: { type: exec, ${print} } }`
        expect(await secretOf('${secret:file:it}', section)).to.equal(value)
        expect(await secretOf('${secret:env:IT}', section, { IT: value })).to.equal(value)
        const url = `before ${value} after`
        expect(await secretOf('before ${secret:file:it} after', section)).to.equal(url)

        const named = await write(`${section}\nname: 'a \${secret:file:it} b'\n`)
        const shown = await createServer({ file: named }).configuration()
        expect(shown.valueAt('name')).to.be.a('string').and.not.contain(value)
        for (const text of [JSON.stringify(shown.values), JSON.stringify(shown.explain('name')), shown.toYaml()])
          expect(text).to.not.contain(JSON.stringify(value).slice(1, -1))

        const server = await serverWith('${secret:file:it}', section)
        await server.start({ listen: false })
        const { log, text: logged } = recordLog()
        log.info(`connecting with ${value}`, {
          [value]: value,
          err: new Error(`refused: ${value}`),
          query: new URLSearchParams({ it: value }).toString(),
          json: JSON.stringify({ it: value }),
          list: [encodeURIComponent(value)],
        })
        const line = JSON.parse(logged()) as { msg: string; list: string[] }
        expect(line.msg).to.equal('connecting with ***')
        expect(line.list).to.deep.equal(['***'])
        for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
          expect(logged()).not.to.contain(form)
        await server.stop()

        const file = await write(`${section}\napps: [{ name: api, limits: { depth: '\${secret:file:it}' } }]\n`)
        const [problem] = await problemsOf({ file })
        expect(describeBootFailure(problem)).to.contain('received a secret (not shown)').and.not.contain(value)
      }),
      { numRuns: 25 },
    )
  }).timeout(60_000)

  it('are shown by no mistake of what they were split into or converted to', async () => {
    const file = await write(
      `services:
  client: { type: client, secret: x, codes: '\${secret:env:CODES}', size: '\${secret:env:SIZE}', mode: '\${secret:env:MODE}' }
`,
    )
    const env = { CODES: 'first-code, second-code', SIZE: '839201', MODE: 'mode-of-secrecy' }
    const problems = await problemsOf({ file, env, services: [VaultClient] })
    expect(problems.map(({ details }) => details.path)).to.have.members([
      'services.client.codes',
      'services.client.size',
      'services.client.mode',
    ])
    const shown = JSON.stringify([problems, problems.flatMap(readBootProblems)])
    expect(shown).to.not.match(/first-code|second-code|839201|mode-of-secrecy/)
    expect(shown).to.include('the mode *** is unknown')
  })

  it('of a provider are the same where ${config:…} repeats them, and are not shown there', async () => {
    const section = "secrets: { kept: { type: file, dir: '${secret:env:KEPT_IN}' } }"
    const env = { KEPT_IN: 'deep/hidden' }
    expect(await secretOf('${config:secrets.kept.dir}', section, env)).to.equal('deep/hidden')
    expect(await secretOf('in ${config:secrets.kept.dir}', section, env)).to.equal('in deep/hidden')

    const repeated = "services: { client: { type: client, secret: now, address: '${config:secrets.kept.dir}' } }"
    const file = await write(`${section}\n${repeated}\n`)
    const shown = await createServer({ file, env, services: [VaultClient] }).configuration()
    expect(shown.valueAt('services.client.address')).to.be.a('string').and.not.contain('hidden')
  })

  it('that a provider lacks are reported once, wherever ${config:…} repeats them', async () => {
    const found = await reportsOf(`secrets: { kept: { type: file, dir: '\${secret:env:NONE}' } }
services: { client: { type: client, secret: '\${config:secrets.kept.dir}' } }
`)
    expect(found.map((line) => line.slice(0, 25))).to.deep.equal(['E_SECRET_UNAVAILABLE 1:37'])
  })

  it('are fetched once each, and all at the same time', async () => {
    const script = `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
appendFileSync('runs', process.argv[2])
while (readFileSync('runs', 'utf8').length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
process.stdout.write('value ' + process.argv[2])
`
    const placeholders = ['a', 'b', 'c', 'a', 'b'].map((key) => `\${secret:cmd:${key}}`).join(' ')
    await write('', { 'print.mjs': script })
    const section = `secrets: { cmd: { type: exec, timeout: 20s, ${print} } }`
    expect(await secretOf(placeholders, section)).to.equal('value a value b value c value a value b')
    expect((await readFile(join(folder.path, 'runs'), 'utf8')).split('').sort()).to.deep.equal(['a', 'b', 'c'])
  }).timeout(30_000)

  it('are fetched once by all that look at a server, and by its start', async () => {
    const counting = `import { appendFileSync } from 'node:fs'
appendFileSync('runs', '+')
process.stdout.write('value ' + process.argv[2])
`
    await write('', { 'print.mjs': counting })
    const server = await serverWith('${secret:cmd:a}', `secrets: { cmd: { type: exec, timeout: 20s, ${print} } }`)
    await Promise.all([server.operations(), server.configuration(), server.routes(), server.check()])
    await server.start({ listen: false })
    await server.stop()
    expect(await readFile(join(folder.path, 'runs'), 'utf8')).to.equal('+')
  }).timeout(30_000)

  it('are fetched sixteen at a time from one provider, and the wait does not count as its time', async () => {
    const script = `import { appendFileSync } from 'node:fs'
appendFileSync('runs', '+')
await new Promise((resolve) => setTimeout(resolve, 150))
appendFileSync('runs', '-')
process.stdout.write(process.argv[2])
`
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`)
    await write('', { 'print.mjs': script })
    const section = `secrets: { cmd: { type: exec, timeout: 20s, ${print} } }`
    expect(await secretOf(keys.map((key) => `\${secret:cmd:${key}}`).join(' '), section)).to.equal(keys.join(' '))
    let running = 0
    const counts = Array.from(
      await readFile(join(folder.path, 'runs'), 'utf8'),
      (sign) => (running += sign === '+' ? 1 : -1),
    )
    expect(counts).to.have.length(80)
    expect(Math.max(...counts)).to.be.within(2, 16)
  }).timeout(60_000)

  it('that cannot be had are reported together, each at its placeholder, with provider and key', async () => {
    const reports = await reportsOf(
      `name: '\${secret:env:NAME}'
secrets:
  vlt: { type: vualt }
  cmd: { type: exe, command: [x] }
  slow: { type: exec, command: [sleep, '60'], timeout: 50ms }
services:
  client: { type: client, secret: '\${secret:vault:a}', address: '\${secret:vlt:a} \${secret:slow:b}' }
apps:
  - { name: '\${secret:env:EMPTY}', prefix: '\${secret:file}', formatter: '\${secret:fil:a}' }
`,
      { EMPTY: '', PATH: process.env.PATH },
    )
    expect(reports).to.have.members([
      'E_SECRET_UNAVAILABLE 1:7 The secret "NAME" of env cannot be read: the variable NAME is not set',
      'E_SECRET_TYPE_UNKNOWN 3:16 The secret provider "vlt" has the type "vualt", which was not found.',
      'E_SECRET_TYPE_UNKNOWN 4:16 The secret provider "cmd" has the type "exe", which was not found. Did you mean "exec"?',
      'E_SECRET_PROVIDER_UNKNOWN 7:35 There is no secret provider "vault". Did you mean "vlt"?',
      'E_SECRET_UNAVAILABLE 7:65 The secret "b" of slow cannot be read: there was no answer within 50 ms',
      'E_SECRET_UNAVAILABLE 9:13 The secret "EMPTY" of env cannot be read: it is empty',
      'E_CONFIG_VARIABLE 9:44 apps[0].prefix: "${secret:file}" does not name a secret',
      'E_SECRET_PROVIDER_UNKNOWN 9:73 There is no secret provider "fil". Did you mean "file"?',
    ])
  }).timeout(20_000)

  it('are fetched anew by a reload, whose report does not show them', async () => {
    await write('', { 'secrets/it': 'first value' })
    const server = await serverWith('${secret:file:it}', 'secrets: { file: { type: file, dir: secrets } }')
    await server.start({ listen: false })
    await writeFile(join(folder.path, 'secrets/it'), 'second value')
    const { changes } = await server.reload()
    expect(changes.map(({ path }) => path)).to.deep.equal(['services.client.secret'])
    expect(JSON.stringify(changes)).not.to.match(/first|second/)
    await server.stop()
  })

  describe('from files', () => {
    const section = 'secrets: { file: { type: file, dir: secrets } }'

    it('lose one line end, and nothing else', async () => {
      await write('', { 'secrets/a': ' two\n\n', 'secrets/sub/b': 'windows\r\n' })
      expect(await secretOf('${secret:file:a}|${secret:file:sub/b}', section)).to.equal(' two\n|windows')
    })

    it('are found through the links of a Kubernetes volume', async () => {
      await write('', { 'secrets/..2024_01_01/db': 'mounted' })
      await symlink('..2024_01_01', join(folder.path, 'secrets/..data'))
      await symlink('..data/db', join(folder.path, 'secrets/db'))
      expect(await secretOf('${secret:file:db}', section)).to.equal('mounted')
    })

    it('never come from outside of the folder, and only from text files of a sane size', async () => {
      await write('', {
        outside: 'hunter2',
        'secrets/sub/a': 'x',
        'secrets/large': 'x'.repeat(1024 * 1024 + 1),
        'secrets/binary': Uint8Array.of(0xff, 0xfe),
      })
      await symlink('../outside', join(folder.path, 'secrets/link'))
      const outside = 'it would lie outside of ./secrets'
      const expected = {
        '../outside': outside,
        '/etc/hostname': outside,
        'sub/../../outside': outside,
        link: outside,
        none: 'there is no file ./secrets/none',
        'sub/a/b': 'there is no file ./secrets/sub/a/b',
        sub: './secrets/sub is no file',
        large: './secrets/large is larger than 1 MiB',
        binary: 'it is not UTF-8 text',
      }
      for (const [key, reason] of Object.entries(expected)) {
        const reports = await reportsOf(`${section}\nname: '\${secret:file:${key}}'\n`)
        expect(reports).to.deep.equal([
          `E_SECRET_UNAVAILABLE 2:7 The secret "${key}" of file cannot be read: ${reason}`,
        ])
      }
    })
  })

  describe('from a command', () => {
    const run = (code: string, rest = '') =>
      `secrets: { cmd: { type: exec, command: ['${process.execPath}', -e, "${code}", '{key}', 'x{key}{key}']${rest} } }`

    it('take the key as it is, without a shell', async () => {
      const key = '$(id) `id` ; | && *'
      const code = 'console.log(JSON.stringify(process.argv.slice(1)))'
      expect(await secretOf(`\${secret:cmd:${key}}`, run(code))).to.equal(JSON.stringify([key, `x${key}${key}`]))
    })

    it('report how it ended, without what it printed and without its environment', async () => {
      const code = "const it = 'hunter' + 2; console.log(it); console.error('bad', it); process.exit(3)"
      const [problem] = await problemsOf({
        file: await write(`${run(code)}\nname: '\${secret:cmd:a}'\n`),
        env: { ...process.env, OTHER: 'other-secret' },
      })
      expect(problem!.problem).to.equal(
        `The secret "a" of cmd cannot be read: ${process.execPath} ended with exit code 3: bad ***`,
      )
      expect(describeBootFailure(problem)).not.to.match(/hunter2|other-secret/)
    })

    it('are bounded in size and time, and need a program that exists', async () => {
      const { execPath } = process
      const endless = "process.stdout.write('x'.repeat(2000000)); setInterval(() => 0, 1000)"
      expect(await reportsOf(`${run(endless)}\nname: '\${secret:cmd:a}'\n`)).to.deep.equal([
        `E_SECRET_UNAVAILABLE 2:7 The secret "a" of cmd cannot be read: ${execPath} printed more than 1 MiB`,
      ])
      const hanging = 'setInterval(() => 0, 1000)'
      expect(await reportsOf(`${run(hanging, ', timeout: 100ms')}\nname: '\${secret:cmd:a}'\n`)).to.deep.equal([
        'E_SECRET_UNAVAILABLE 2:7 The secret "a" of cmd cannot be read: there was no answer within 100 ms',
      ])
      const missing = "secrets: { cmd: { type: exec, command: [no-such-program-anywhere] } }\nname: '${secret:cmd:a}'\n"
      expect(await reportsOf(missing)).to.deep.equal([
        'E_SECRET_UNAVAILABLE 2:7 The secret "a" of cmd cannot be read: no-such-program-anywhere was not found',
      ])
    })
  })

  it('of a command are missing where no file descriptor is left to run it: the reload is refused, and the server runs on', async () => {
    const file = await write(`secrets: { cmd: { type: exec, ${print} } }\nname: '\${secret:cmd:lokstra.yaml}'\n`, {
      'print.mjs': script,
      'reload.mjs': `import { closeSync, openSync } from 'node:fs'
import { createServer } from '@lokstra/core'
const server = createServer({ file: 'lokstra.yaml', signals: false })
await server.start({ listen: false })
await server.reload()
const held = []
try {
  for (;;) held.push(openSync('lokstra.yaml'))
} catch {}
// Enough to read the file, and not enough for the streams of a process.
for (const fd of held.splice(0, 3)) closeSync(fd)
const { problems } = await server.reload()
for (const fd of held) closeSync(fd)
const { outcome } = await server.reload()
console.log(problems.map(({ problem }) => problem).join(), outcome)
await server.stop()
`,
    })
    const command = `ulimit -n 1024; exec '${process.execPath}' reload.mjs`
    const { stdout } = await runProgram('sh', ['-c', command], { cwd: dirname(file) })
    expect(stdout).to.equal(
      `The secret "lokstra.yaml" of cmd cannot be read: ${process.execPath} cannot be run: EMFILE unchanged\n`,
    )
  }).timeout(20_000)

  describe('of providers', () => {
    it('may be given to other providers, which must not wait for one another', async () => {
      await write('', { 'a/dir': 'b\n', 'b/it': 'found' })
      const chained = `secrets: { a: { type: file, dir: a }, b: { type: file, dir: '\${secret:a:dir}' } }`
      expect(await secretOf('${secret:b:it}', chained)).to.equal('found')
      const circular = `secrets:
  a: { type: file, dir: '\${secret:b:x}' }
  b: { type: file, dir: '\${secret:c:x}' }
  c: { type: file, dir: '\${secret:a:x}' }
  d: { type: file, dir: '\${secret:d:x}' }
name: '\${secret:a:x} \${secret:b:x} \${secret:c:x}'
`
      const reports = await reportsOf(circular)
      expect(reports).to.have.length(2)
      expect(reports.find((report) => report.includes(' 5:'))).to.match(/^E_SECRET_CYCLE .* d -> d$/)
      expect(reports.find((report) => !report.includes(' 5:'))).to.match(/^E_SECRET_CYCLE .* (\w) -> \w -> \w -> \1$/)
    })

    it('that nothing asks are checked nevertheless', async () => {
      expect(await reportsOf('secrets: { a: { type: file, dri: x }, b: 7, c: { timeout: 0 } }\n')).to.deep.equal([
        'E_CONFIG_KEY_UNKNOWN 1:29 secrets.a.dri is not a known key. Did you mean "dir"?',
        'E_CONFIG_VALUE_INVALID 1:42 secrets.b must be an object, received 7',
        'E_CONFIG_VALUE_MISSING 1:48 secrets.c.type is missing',
        'E_CONFIG_VALUE_INVALID 1:59 secrets.c.timeout must not be less than 1, received 0',
      ])
    })

    it('are classes of the application, discovered, or in code, and are closed with the server', async () => {
      await write('', {
        'dist/keychain.js': `import { SecretProvider, Service } from '@lokstra/core'
export class KeychainSecrets extends SecretProvider {
  async get(key, { folder }) { return \`\${key} of \${folder}\` }
}
Service('keychain')(KeychainSecrets)
`,
      })
      const discovered = "discover: ['${DIST:dist}/**/*.js']\nsecrets: { mine: { type: keychain } }"
      expect(await secretOf('${secret:mine:k:1}', discovered)).to.equal(`k:1 of ${folder.path}`)

      const file = await write("secrets: { mine: { type: counting } }\nname: '${secret:mine:a}'\n")
      const server = createServer({ file, services: [CountingSecrets, silentLogger] })
      await server.start({ listen: false })
      await server.reload()
      expect(CountingSecrets.log).to.deep.equal(['new', 'get a', 'get a'])
      await server.stop()
      expect(CountingSecrets.log.at(-1)).to.equal('close')
    })

    it('are left to a reload by whoever looks at the configuration meanwhile', async () => {
      const file = await write("secrets: { mine: { type: session } }\nname: '${secret:mine:a}'\n")
      const server = createServer({ file, services: [SessionSecrets, silentLogger] })
      await server.start({ listen: false })
      const looks = Array.from({ length: 5 }, () => server.configuration())
      const [{ outcome }, ...shown] = await Promise.all([server.reload(), ...looks])
      expect(outcome).to.equal('unchanged')
      expect(shown.map((one) => one.valueAt('name'))).to.deep.equal(Array(5).fill('***'))
      await server.reload()
      await server.stop()
      expect(SessionSecrets.log).to.deep.equal(['get a', 'get a', 'get a', 'close'])
    })

    it('that cannot be closed keep nobody from reloading or stopping', async () => {
      const both = 'a: { type: unclosable, how: throws }, b: { type: unclosable, how: hangs }'
      const file = await write(`secrets: { ${both}, c: { type: counting } }\n`)
      CountingSecrets.log.length = 0
      const server = createServer({ file, services: [UnclosableSecrets, CountingSecrets, silentLogger] })
      await server.start({ listen: false })
      await write('secrets: { b: { type: unclosable, how: hangs }, c: { type: counting } }\n')
      const { outcome, problems } = await server.reload()
      expect([outcome, problems]).to.deep.equal(['applied', []])
      await server.stop()
      expect(server.phase).to.equal('stopped')
      expect(CountingSecrets.log).to.deep.equal(['new', 'close'])
    }).timeout(20_000)

    it('fail with what they throw', async () => {
      const file = await write(
        "secrets: { bad: { type: failing } }\nname: '${secret:bad:a}'\nservices: { c: { type: '${secret:bad:none}' } }\n",
      )
      const problems = await problemsOf({ file, services: [FailingSecrets] })
      expect(problems.map(({ problem }) => problem)).to.deep.equal([
        'The secret "a" of bad cannot be read: the safe is locked',
        'The secret "none" of bad cannot be read: the provider gave undefined and no text',
      ])
      expect(LokstraError.is(problems[0])).to.equal(true)
    })
  })
})

@Service('counting')
class CountingSecrets extends SecretProvider {
  static readonly log: string[] = []

  constructor() {
    super()
    CountingSecrets.log.push('new')
  }

  get(key: string): Promise<string> {
    CountingSecrets.log.push(`get ${key}`)
    return Promise.resolve('counted')
  }

  override close(): void {
    CountingSecrets.log.push('close')
  }
}

@Service('session')
class SessionSecrets extends SecretProvider {
  static readonly log: string[] = []
  #isClosed = false

  async get(key: string): Promise<string> {
    SessionSecrets.log.push(`get ${key}`)
    await delay(20)
    if (this.#isClosed) throw new Error('the session is closed')
    return 'of a session'
  }

  override close(): void {
    SessionSecrets.log.push('close')
    this.#isClosed = true
  }
}

class UnclosableConfig {
  @IsString() how!: string
}

@Service({ name: 'unclosable', config: UnclosableConfig })
class UnclosableSecrets extends SecretProvider {
  constructor(readonly config: UnclosableConfig) {
    super()
  }

  get(): Promise<string> {
    return Promise.resolve('kept')
  }

  override close(): Promise<void> {
    if (this.config.how === 'throws') throw new Error('no goodbye')
    return new Promise(() => undefined)
  }
}

@Service('failing')
class FailingSecrets extends SecretProvider {
  get(key: string, _context: SecretContext): Promise<string> {
    if (key === 'none') return Promise.resolve(undefined as unknown as string)
    throw new Error('the safe is locked')
  }
}
