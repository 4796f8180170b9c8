import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { Certificates } from '../../helpers/certificates.js'
import { PostgresServer } from '../../helpers/postgres-server.js'
import { recordLog } from '../recorded-log.js'

describe('the encryption that the configuration of a database asks for', function () {
  this.timeout(60_000)
  let certificates: Certificates
  let postgres: PostgresServer

  before(async function () {
    certificates = new Certificates()
    postgres = await PostgresServer.startOrSkip(this, certificates.server)
  })

  after(async () => {
    await postgres?.stop()
    certificates?.remove()
  })

  /** `plain`, `encrypted`, or why there is no connection. */
  async function outcomeOf(config: Partial<PostgresConfig>): Promise<string> {
    const settings = Object.assign(new PostgresConfig(), { poolSize: 1, connectionTimeout: 2_000, ...config })
    const db = new PostgresDatabase(settings, recordLog().log)
    try {
      await db.start()
      const { ssl } = await db.one<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
      return ssl ? 'encrypted' : 'plain'
    } catch (error) {
      return (error as Error).message
    } finally {
      await db.stop()
    }
  }

  const authority = () => `sslrootcert=${certificates.ca}`
  const foreign = () => `sslrootcert=${certificates.authority('foreign')}`

  const cases: readonly (readonly [ssl: PostgresConfig['ssl'], url: string, query: () => string, outcome: RegExp])[] = [
    ['verify-full', 'turns encryption off', () => 'ssl=0', /certificate/],
    ['verify-full', 'turns checks off', () => 'ssl=no-verify', /certificate/],
    ['verify-full', 'turns checks off by its mode', () => 'sslmode=no-verify', /certificate/],
    ['verify-full', 'names another authority', foreign, /certificate/],
    ['verify-full', 'names the authority', authority, /^encrypted$/],
    ['verify-full', 'names the authority and no encryption', () => `ssl=0&${authority()}`, /^encrypted$/],
    ['require', 'turns encryption off', () => 'sslmode=disable', /^encrypted$/],
    ['require', 'names another authority', foreign, /^encrypted$/],
    ['disable', 'demands encryption', () => 'ssl=true', /^plain$/],
    ['disable', 'names an authority', authority, /^plain$/],
    ['disable', 'encrypts from the first byte', () => 'sslnegotiation=direct', /^plain$/],
    [undefined, 'turns checks off', () => 'ssl=no-verify', /^encrypted$/],
    [undefined, 'checks the server', () => `sslmode=verify-full&${foreign()}`, /certificate/],
  ]
  for (const [ssl, what, query, outcome] of cases) {
    it(`is ${ssl ?? 'that of the url'} where the url ${what}`, async () => {
      const url = `${postgres.url}?${query()}`
      expect(await outcomeOf({ url, ...(ssl && { ssl }) })).to.match(outcome)
    })
  }

  it('leaves the rest of the url to what the configuration says of it', async () => {
    const url = `${postgres.url}?application_name=url&statement_timeout=1&lock_timeout=1234&types=x&connectionTimeoutMillis=1`
    const db = new PostgresDatabase(Object.assign(new PostgresConfig(), { url, poolSize: 1 }), recordLog().log)
    await db.start()
    try {
      const settings = ['application_name', 'statement_timeout', 'lock_timeout'] as const
      const shown = await Promise.all(settings.map((name) => db.one<Record<string, string>>(`show ${name}`)))
      expect(Object.assign({}, ...shown)).to.deep.equal({
        application_name: 'lokstra',
        statement_timeout: '30s',
        lock_timeout: '1234ms',
      })
    } finally {
      await db.stop()
    }
  })
})
