import { Duration, Size, type LokstraError } from '@lokstra/core'
import { Type } from 'class-transformer'
import { Allow, IsArray, IsBoolean, IsInt, IsOptional, IsString, Max, ValidateNested } from 'class-validator'
import { expect } from 'chai'

import { bindConfig } from './internals.js'

class Replica {
  @IsString() host!: string
  @IsInt() port = 5432
}

class DatabaseConfig {
  @IsString() url!: string
  @IsString() password = ''
  @IsInt() @Max(100) poolSize = 10
  @IsBoolean() ssl = false
  @Duration() timeout = 1_000
  @Size() buffer = 1_024
  @IsArray() @IsString({ each: true }) schemas: string[] = []
  @IsOptional() @Type(() => Replica) @ValidateNested({ each: true }) replicas?: Replica[]
}

describe('the configuration of a service', () => {
  const problems: LokstraError[] = []
  const bind = (values: unknown) => {
    problems.length = 0
    const where = (path: readonly (string | number)[]) => `at ${path.join('/')}`
    return bindConfig(DatabaseConfig, { values, locate: where, label: 'services.db' }, problems)
  }
  const reports = () => problems.map(({ problem, where }) => `${problem} (${where.join()})`)

  it('becomes an instance of its class, text read as what the field asks for', () => {
    const config = bind({
      url: 'x',
      password: '123456',
      poolSize: '20',
      ssl: 'true',
      timeout: '2s',
      buffer: 5,
      replicas: [{ host: 'a' }],
    })
    expect(problems).to.deep.equal([])
    expect(config).to.be.instanceOf(DatabaseConfig)
    expect(config.replicas![0]).to.be.instanceOf(Replica)
    expect(JSON.parse(JSON.stringify(config))).to.deep.equal({
      url: 'x',
      password: '123456',
      poolSize: 20,
      ssl: true,
      timeout: 2_000,
      buffer: 5,
      schemas: [],
      replicas: [{ host: 'a', port: 5432 }],
    })
  })

  it('that was compiled without types is told with the place of the service', () => {
    class Bare {
      declare size: number
    }
    Allow()(Bare.prototype, 'size')
    const found: LokstraError[] = []
    bindConfig(Bare, { values: {}, locate: () => 'lokstra.yaml:3:7', label: 'services.db' }, found)
    expect(found.map(({ code, where }) => `${code} ${where.join()}`)).to.include('E_METADATA_MISSING lokstra.yaml:3:7')
  })

  it('takes nothing as an empty configuration', () => {
    bind(undefined)
    expect(reports()).to.deep.equal(['services.db.url is missing (at url)'])
  })

  it('reports every mistake with path, value and place', () => {
    bind({
      url: 3,
      poolSize: 1_000,
      ssl: 'yes',
      timeout: 'soon',
      schemas: ['a', 3],
      replicas: [{}, { host: 'a', prot: 1 }],
      poolsize: 1,
    })
    expect(reports()).to.deep.equal([
      'services.db.url must be a string, received 3 (at url)',
      'services.db.poolSize must not be greater than 100, received 1000 (at poolSize)',
      'services.db.ssl must be a boolean, received "yes" (at ssl)',
      'services.db.timeout must be a duration such as 500ms or 30s, received "soon" (at timeout)',
      'services.db.schemas is an array in which each value must be a string, received ["a", 3] (at schemas)',
      'services.db.replicas[0].host is missing (at replicas/0/host)',
      'services.db.replicas[1].prot is not a known key. Did you mean "port"? (at replicas/1/prot)',
      'services.db.poolsize is not a known key. Did you mean "poolSize"? (at poolsize)',
    ])
  })

  it('shows no secret and no password of a url', () => {
    bind({ url: 'x', password: 123_456, ssl: 'postgres://me:hunter2@db/shop' })
    expect(reports()).to.deep.equal([
      'services.db.password must be a string, received a secret (not shown) (at password)',
      'services.db.ssl must be a boolean, received "postgres://me:***@db/shop" (at ssl)',
    ])
  })

  it('shortens long values', () => {
    bind({ url: 'x', ssl: 'a'.repeat(1_000) })
    expect(reports()[0]).to.equal(`services.db.ssl must be a boolean, received "${'a'.repeat(80)}…" (at ssl)`)
  })
})
