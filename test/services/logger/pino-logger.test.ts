import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'

import { createServer, Logger } from '@lokstra/core'
import { LoggerConfig, PinoLogger } from '@lokstra/services/logger'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { recordLog } from '../recorded-log.js'

describe('PinoLogger', () => {
  it('writes one JSON object per line: level, time, fields, message', () => {
    const { log, lines, text } = recordLog()
    log.info('Order placed', { order: 7, total: 10n })
    const { time, ...rest } = { ...lines[0] }
    expect(rest).to.deep.equal({ level: 'info', order: 7, total: '10', msg: 'Order placed' })
    expect(new Date(time as string).toISOString()).to.equal(time)
    expect(text()).to.match(/^\{.*\}\n$/)
  })

  it('writes an error with type, stack, code and causes, and none of what libraries hang on it', () => {
    const { log, lines } = recordLog()
    const cause = Object.assign(new RangeError('inner'), { code: 'E_INNER' })
    const err = Object.assign(new Error('outer', { cause }), { config: { headers: { auth: 'hunter2' } } })
    log.error('Failed', { err })
    const written = lines[0]!.err as Record<string, unknown>
    expect(written)
      .to.include({ type: 'Error', message: 'outer' })
      .and.have.property('stack')
      .that.contains('pino-logger.test')
    expect(written.cause).to.include({ type: 'RangeError', message: 'inner', code: 'E_INNER' })
    expect(JSON.stringify(written)).not.to.contain('hunter2')
  })

  it('keeps its own level, time and message, whatever fields are called', () => {
    const { log, lines, text } = recordLog()
    log.child({ level: 'gold' }).error('Failed', { level: 'info', time: 0, msg: 'fine' })
    expect(lines[0]).to.include({ level: 'error', 'field.time': 0, 'field.msg': 'fine', msg: 'Failed' })
    expect(text().match(/"level"|"time"|"msg"/g)).to.have.length(3)
    log.child({ level: 'gold' }).info('Customer')
    expect(lines[1]).to.include({ level: 'info', 'field.level': 'gold' })
  })

  describe('redaction', () => {
    it('covers every depth, arrays, class instances, maps and children, in any spelling', () => {
      const { log, text } = recordLog()
      class Login {
        user = 'ann'
        password = 'hunter2'
      }
      log.child({ apiKey: 'hunter2', module: 'auth' }).info('Login', {
        dto: new Login(),
        list: [{ a: { b: { c: { accessToken: 'hunter2' } } } }],
        headers: { Authorization: 'hunter2', 'set-cookie': ['hunter2'], 'X-API-Key': 'hunter2', accept: 'text/html' },
        map: new Map([['client_secret', 'hunter2']]),
        toJson: { toJSON: () => ({ otp: 'hunter2' }) },
      })
      expect(text()).not.to.contain('hunter2')
      expect(text())
        .to.contain('[redacted]')
        .and.contain('"user":"ann"')
        .and.contain('text/html')
        .and.contain('"module":"auth"')
    })

    it('covers names in any script, and nothing that is called like a part of one', () => {
      const { log, lines } = recordLog({ extraRedact: ['пароль', '密码', 'clé_𝒜', '-'] })
      const secrets = ['пароль', 'Пароль', 'старыйПароль', '用户-密码', 'clé𝒜', 'x-CLÉ-𝒜']
      log.info('All of them', { ...Object.fromEntries(secrets.map((name) => [name, 'hunter2'])), s: 1, '-': 2, é: 3 })
      expect(lines[0]).to.include({
        ...Object.fromEntries(secrets.map((name) => [name, '[redacted]'])),
        s: 1,
        '-': 2,
        é: 3,
      })
    })

    it('covers names after an acronym, and plurals', () => {
      const { log, lines } = recordLog()
      const secrets = [
        'DBPassword',
        'IDToken',
        'JWTSecret',
        'AWSSecret',
        'XAPIKey',
        'passwords',
        'tokens',
        'JWTs',
        'cookies',
      ]
      log.info('x', Object.fromEntries(secrets.map((name) => [name, ['hunter2']])))
      expect(lines[0]).to.include(Object.fromEntries(secrets.map((name) => [name, '[redacted]'])))
    })

    it('leaves names alone that only contain one of the words', () => {
      const { log, lines } = recordLog()
      log.info('x', {
        tokenCount: 3,
        discard: 'yes',
        DISCARD: 'yes',
        HTTPStatus: 200,
        passwords: undefined,
        token: null,
      })
      expect(lines[0]).to.include({ tokenCount: 3, discard: 'yes', DISCARD: 'yes', HTTPStatus: 200, token: null })
    })

    it('takes further names, or others altogether', () => {
      const more = recordLog({ extraRedact: ['iban'] })
      more.log.info('x', { iban: 'DE00', password: 'p' })
      expect(more.lines[0]).to.include({ iban: '[redacted]', password: '[redacted]' })
      const other = recordLog({ redact: ['iban'] })
      other.log.info('x', { iban: 'DE00', password: 'p' })
      expect(other.lines[0]).to.include({ iban: '[redacted]', password: 'p' })
    })

    it('is done in time with keys of a megabyte, whatever they are made of', () => {
      const { log, lines } = recordLog()
      const length = 1024 * 1024
      const keys = ['A', 'a-', 'aB', '-', 'Ab', 'A1', 'Жж', '𝒜'].map((part) => part.repeat(length / part.length))
      const secrets = keys.flatMap((key) => [`${key}-password`, `${key}ApiKey`])
      const fields = Object.fromEntries([...keys, ...secrets].map((key) => [key, 'hunter2']))
      // Nothing else can end what goes on for minutes without a pause.
      runInNewContext('write()', { write: () => log.info('Received', fields) }, { timeout: 15_000 })
      for (const key of keys) expect(lines[0]![key]).to.equal('hunter2')
      for (const key of secrets) expect(lines[0]![key]).to.equal('[redacted]')
    })

    it('leaves what it was given unchanged', () => {
      const { log } = recordLog()
      const fields = { nested: { password: 'p' } }
      log.info('x', fields)
      expect(fields).to.deep.equal({ nested: { password: 'p' } })
    })
  })

  it('survives fields that are circular, deep, hostile or unreadable', () => {
    const { log, lines } = recordLog()
    const circular: Record<string, unknown> = {}
    circular.self = circular
    let deep: object = { secretish: 1 }
    for (let i = 0; i < 5_000; i++) deep = { deep }
    const unreadable = {
      get boom(): string {
        throw new Error('no')
      },
    }
    log.info('a', { circular, deep, hostile: JSON.parse('{"__proto__": {"x": 1}}') as unknown })
    log.info('b', { unreadable })
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['a', 'b'])
    expect(JSON.stringify(lines[0])).to.contain('[circular]').and.contain('[too deep]')
    expect(({} as { x?: number }).x).to.equal(undefined)
  })

  it('does not throw for fields that throw what is not even text', () => {
    const { log, lines } = recordLog()
    const thrown: unknown = Object.create(null)
    const refuse = (): never => {
      throw thrown
    }
    log.info('getter', Object.defineProperty({}, 'boom', { enumerable: true, get: refuse }))
    log.info('proxy', new Proxy({}, { ownKeys: refuse }))
    log.child({ toJSON: { toJSON: refuse } }).info('child')
    log.info('function', { handler: Object.assign(() => undefined, { toJSON: refuse }), left: 1 })
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['getter', 'proxy', 'child', 'function'])
    expect(lines[3]).to.include({ left: 1 })
  })

  it('bounds the values of one line, however wide its fields are', () => {
    const { log, lines, text } = recordLog()
    let grid: unknown = { x: 1 }
    for (let i = 0; i < 7; i++) grid = Array(9).fill(grid)
    log.info('a', { grid })
    log.info('b', { wide: Array(1_000_000).fill(1), after: 1 })
    log.info('c', { set: new Set(Array(100_000).keys()) })
    log.info('d', Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [i, i])))
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['a', 'b', 'c', 'd'])
    expect(text().length).to.be.below(1_000_000)
    for (const line of lines) expect(JSON.stringify(line)).to.contain('[more than 10000 values]')
  })

  describe('level', () => {
    it('keeps lower levels out, and all of them when silent', () => {
      const { log, lines } = recordLog({ level: 'warn' })
      for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level](level)
      expect(lines.map(({ level }) => level)).to.deep.equal(['warn', 'error', 'fatal'])
      log.level = 'silent'
      log.fatal('x')
      expect(log.level).to.equal('silent')
    })

    it('changes at run time for children that exist already, but not for one that has its own', () => {
      const { log, lines } = recordLog({ level: 'info' })
      const follower = log.child({ who: 'follower' }).child({ deep: true })
      const own = log.child({ who: 'own' })
      own.level = 'error'
      log.level = 'debug'
      follower.debug('x')
      own.debug('x')
      expect(follower.level).to.equal('debug')
      expect(lines.map(({ who }) => who)).to.deep.equal(['follower'])
    })
  })

  describe('writing to a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lokstra-log-'))
    after(() => rmSync(folder, { recursive: true }))

    const write = (name: string, config: Partial<LoggerConfig>): string => {
      const destination = join(folder, 'made', name)
      const log = new PinoLogger(Object.assign(new LoggerConfig(), { destination, ...config }))
      for (let i = 0; i < 500; i++) log.info('line', { i })
      return readFileSync(destination, 'utf8')
    }

    it('makes the folder, appends, and has written a line when the call returns', () => {
      write('app.log', {})
      const lines = write('app.log', {}).trim().split('\n')
      expect(lines).to.have.length(1_000)
      expect(JSON.parse(lines.at(-1)!)).to.include({ i: 499, msg: 'line' })
    })

    it('starts a relative path from the folder of the configuration', async () => {
      const app = await createAppFolder(
        { 'lokstra.yaml': 'services:\n  log: { type: logger, destination: logs/app.log }\n' },
        ['@lokstra/core', '@lokstra/services'],
      )
      try {
        // The test server's own logger would take this one's place.
        const server = await createServer({ file: join(app.path, 'lokstra.yaml'), freePorts: true }).start({
          listen: false,
        })
        server.get(Logger).info('Here')
        await server.stop()
        expect(readFileSync(join(app.path, 'logs/app.log'), 'utf8')).to.contain('"msg":"Here"')
      } finally {
        await app[Symbol.asyncDispose]()
      }
    })

    it('is readable for people when pretty', () => {
      const [first] = write('pretty.log', { format: 'pretty' }).split('\n')
      expect(first).to.match(/INFO.*: line$/)
    })

    it('fails at once when the file cannot be opened', () => {
      expect(() => new PinoLogger(Object.assign(new LoggerConfig(), { destination: folder }))).to.throw('EISDIR')
    })
  })
})
