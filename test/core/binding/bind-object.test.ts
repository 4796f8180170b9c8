import { Duration, LokstraError, Size } from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  Min,
  Validate,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator'
import { expect } from 'chai'

import { bindObject, readObjectPlan } from './internals.js'

class Tls {
  @IsString() cert!: string
  @IsInt() days = 30
}
class Config {
  @IsString() host = 'localhost'
  @IsInt() @Min(0) @Max(65_535) port!: number
  @IsBoolean() secure = false
  @Duration() timeout = 1_000
  @Size() limit = 1_024
  @IsOptional() @IsIn(['a', 'b']) mode?: string
  @IsOptional() @ValidateNested() @Type(() => Tls) tls?: Tls
  @IsOptional() @IsInt({ each: true }) ports?: number[]
}
const plan = readObjectPlan(Config, [])
const bound = (value: unknown, text: 'convert' | 'strict' = 'convert', unknown: 'drop' | 'reject' = 'reject') =>
  bindObject(plan, value, { unknown, text })

describe('binding plain data to a class', () => {
  const values: readonly [input: object, expected: object][] = [
    [{ port: 80 }, { port: 80, host: 'localhost', secure: false, timeout: 1_000, limit: 1_024 }],
    [
      { port: '80', secure: 'true' },
      { port: 80, secure: true },
    ],
    [
      { port: 80, timeout: '30s', limit: '1MiB' },
      { timeout: 30_000, limit: 1_048_576 },
    ],
    [
      { port: 80, timeout: '500ms', limit: '1MB' },
      { timeout: 500, limit: 1_048_576 },
    ],
    [
      { port: 80, timeout: '1.5h', limit: '512 kib' },
      { timeout: 5_400_000, limit: 524_288 },
    ],
    [
      { port: 80, timeout: '250', limit: '100' },
      { timeout: 250, limit: 100 },
    ],
    [
      { port: 80, timeout: 7, limit: 8 },
      { timeout: 7, limit: 8 },
    ],
    [{ port: 80, ports: ['1', 2] }, { ports: [1, 2] }],
    [{ port: 80, tls: { cert: 'c' } }, { tls: Object.assign(new Tls(), { cert: 'c' }) }],
  ]
  for (const [input, expected] of values) {
    it(`accepts ${JSON.stringify(input)}`, () => {
      const { value, issues } = bound(input)
      expect(issues).to.deep.equal([])
      expect(value).to.be.instanceOf(Config)
      expect(value).to.deep.include(expected)
    })
  }

  const faults: readonly [input: unknown, path: readonly (string | number)[], code: string, message: string][] = [
    [{}, ['port'], 'required', 'port is required'],
    [undefined, ['port'], 'required', 'port is required'],
    [null, [], 'type', 'the value must not be null'],
    [[], [], 'type', 'the value must be an object'],
    [{ port: 'x' }, ['port'], 'isInt', 'port must be an integer number'],
    [{ port: 99_999 }, ['port'], 'max', 'port must not be greater than 65535'],
    [{ port: 1, host: 5 }, ['host'], 'isString', 'host must be a string'],
    [{ port: 1, timeout: 'soon' }, ['timeout'], 'type', 'timeout must be a duration such as 500ms or 30s'],
    [{ port: 1, timeout: '-1s' }, ['timeout'], 'type', 'timeout must be a duration such as 500ms or 30s'],
    [{ port: 1, limit: '12 apples' }, ['limit'], 'type', 'limit must be a size such as 512KiB or 1MiB'],
    [{ port: 1, limit: -1 }, ['limit'], 'type', 'limit must be a size such as 512KiB or 1MiB'],
    [{ port: 1, mode: 'c' }, ['mode'], 'isIn', 'mode must be one of the following values: a, b'],
    [{ port: 1, tls: {} }, ['tls', 'cert'], 'required', 'cert is required'],
    [{ port: 1, ports: [1, 'x'] }, ['ports'], 'isInt', 'each value in ports must be an integer number'],
    [
      { port: 1, tls: { cert: 'c', dyas: 1 } },
      ['tls', 'dyas'],
      'unknown',
      'dyas is not a known field. Did you mean "days"?',
    ],
  ]
  for (const [input, path, code, message] of faults) {
    it(`reports ${JSON.stringify(input)}`, () => {
      const { issues } = bound(input)
      expect(issues.map((issue) => [issue.place.path(), issue.code, issue.message])).to.deep.equal([
        [path, code, message],
      ])
    })
  }

  it('keeps text apart from numbers where asked to', () => {
    const { issues } = bound({ port: '80', secure: 'true', timeout: '30s' }, 'strict')
    expect(issues.map(({ place, code, value }) => [place.path()[0], code, value])).to.deep.equal([
      ['port', 'isInt', '80'],
      ['secure', 'isBoolean', 'true'],
    ])
  })

  it('gives the value, the expected type and the known keys', () => {
    const [port, unknown] = bound({ port: 'x', extra: 1 }).issues
    expect(port).to.deep.include({ value: 'x', expected: 'a number' })
    expect(unknown).to.deep.include({ value: 1, candidates: plan.fields.map(({ name }) => name) })
  })

  it('drops unknown keys where asked to', () => {
    expect(bound({ port: 1, extra: 1 }, 'convert', 'drop').issues).to.deep.equal([])
  })

  it('does not accept rules that need to be awaited', () => {
    @ValidatorConstraint({ async: true })
    class Later {
      async validate() {
        return Promise.resolve(true)
      }
    }
    class Async {
      @Validate(Later) name!: string
    }
    expect(() => bindObject(readObjectPlan(Async, []), { name: 'x' }, { unknown: 'drop', text: 'strict' }))
      .to.throw()
      .that.satisfies((error: unknown) => LokstraError.is(error) && error.code === 'E_RULE_ASYNC')
  })
})
