import { join } from 'node:path'

import { createServer, LokstraError, Service, type ServerOptions } from '@lokstra/core'
import { Database, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'

@Service({ eager: true })
class Todos {
  constructor(readonly db: Database) {}
}

const inCode = (config?: object): ServerOptions => ({
  services: [config ? { use: PostgresDatabase, name: 'db', config } : PostgresDatabase, Todos],
  apps: [{ name: 'api' }],
})

async function codeOf(options: ServerOptions): Promise<string> {
  const failure: unknown = await createServer({ env: {}, ...options })
    .check()
    .catch((error: unknown) => error)
  if (failure === undefined) return 'accepted'
  return LokstraError.is(failure) ? failure.code : String(failure)
}

describe('an embedded Postgres in production', () => {
  it('is refused before anything starts, with the line of its url', async () => {
    const yaml = "services:\n  db: { type: postgres, url: '${DATABASE_URL:embedded}' }\napps: [{ name: api }]\n"
    await using app = await createAppFolder({ 'lokstra.yaml': yaml }, ['@lokstra/core', '@lokstra/services'])
    const options = { file: join(app.path, 'lokstra.yaml'), services: [Todos] }
    const failure: unknown = await createServer({ ...options, env: { NODE_ENV: 'production' } })
      .check()
      .catch((error: unknown) => error)
    expect(String(failure)).to.include('E_EMBEDDED_PRODUCTION').and.include('lokstra.yaml:2:30')
    const DATABASE_URL = 'postgres://localhost/todos'
    expect(await codeOf({ ...options, env: { NODE_ENV: 'production', DATABASE_URL } })).to.equal('accepted')
    expect(await codeOf({ ...options, env: { NODE_ENV: 'test' } })).to.equal('accepted')
  })

  it('is refused where code configures it, and where nothing does', async () => {
    for (const options of [inCode({ url: 'embedded' }), inCode({}), inCode()])
      expect(await codeOf({ ...options, environment: 'production' })).to.equal('E_EMBEDDED_PRODUCTION')
    for (const environment of ['development', 'test', 'staging'])
      expect(await codeOf({ ...inCode(), environment })).to.equal('accepted')
  })

  it('is refused by the choice of LOKSTRA_ENV as by that of NODE_ENV, which it goes before', async () => {
    expect(await codeOf({ ...inCode(), env: { LOKSTRA_ENV: 'production' } })).to.equal('E_EMBEDDED_PRODUCTION')
    expect(await codeOf({ ...inCode(), env: { LOKSTRA_ENV: 'staging', NODE_ENV: 'production' } })).to.equal('accepted')
  })
})
