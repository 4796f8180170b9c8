import { join } from 'node:path'
import { inspect } from 'node:util'

import { createServer, Service } from '@lokstra/core'
import { Database, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'

@Service({ eager: true })
class Todos {
  constructor(readonly db: Database) {}
}

async function failureOf(url: string): Promise<string> {
  const services = [{ use: PostgresDatabase, name: 'db', config: { url, ssl: 'verify-full' } }, Todos]
  const server = createServer({ env: {}, services, apps: [{ name: 'api' }] })
  const failure: unknown = await server.start().catch((error: unknown) => error)
  return inspect(failure, { depth: Infinity })
}

describe('the url of a database', () => {
  it('is refused with its line when a password is in it as it is', async () => {
    const yaml = "services:\n  db: { type: postgres, url: '${DATABASE_URL}' }\napps: [{ name: api }]\n"
    await using app = await createAppFolder({ 'lokstra.yaml': yaml }, ['@lokstra/core', '@lokstra/services'])
    const check = (DATABASE_URL: string) =>
      createServer({ file: join(app.path, 'lokstra.yaml'), services: [Todos], env: { DATABASE_URL } }).check()
    const failure: unknown = await check('postgres://shop:s3cr/et@db:5432/shop').catch((error: unknown) => error)
    expect(String(failure)).to.include('E_DATABASE_URL').and.include('lokstra.yaml:2:30')
    expect(String(failure)).to.include('encodeURIComponent').and.not.include('s3cr')
    for (const url of [
      'postgres://shop:s3cr%2Fet@db:5432/shop?sslmode=verify-full&sslrootcert=/not/there.pem',
      'postgres://shop:100%@db/shop',
      'postgresql://db',
      'postgres://shop@/shop?host=/run/postgresql',
      'postgres://%2Frun%2Fpostgresql/shop',
    ])
      await check(url)
  })

  for (const special of ['/', '?', '#', '%e9']) {
    it(`does not give its password away when that has ${special} in it`, async () => {
      const failure = await failureOf(`postgres://shop:s3cr${special}et@db:5432/shop`)
      expect(failure).to.include('E_DATABASE_URL').and.not.include('s3cr')
    })
  }
})
