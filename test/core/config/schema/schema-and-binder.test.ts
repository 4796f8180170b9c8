import {
  createServer,
  Duration,
  Field,
  Service,
  Size,
  type Class,
  type FieldPlan,
  type LokstraError,
} from '@lokstra/core'
import { BodyLimitConfig } from '@lokstra/middleware/body-limit'
import { CorsConfig } from '@lokstra/middleware/cors'
import { RequestLoggerConfig } from '@lokstra/middleware/request-logger'
import { LoggerConfig } from '@lokstra/services/logger'
import { PostgresConfig } from '@lokstra/services/postgres'
import { Type } from 'class-transformer'
import {
  Allow,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsEnum,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator'
import { expect } from 'chai'
import fc from 'fast-check'

import { bindConfig, readObjectPlan } from '../internals.js'
import { compileSchema, packagesSchema, type Schema } from './compile-schema.js'
import { written, wrongValue } from './written-values.js'

enum Weight {
  light = 1,
  heavy = 2,
}

class Replica {
  @IsString() @IsNotEmpty() host!: string
  @IsInt() @Min(1) @Max(65_535) port = 5432
}
class Circle {
  @IsNumber() @Min(0) radius!: number
}
class Square {
  @IsNumber() @Min(0) side!: number
}

/** Every kind of field that a config class can have. */
class Everything {
  @IsString() text!: string
  @IsOptional() @IsString() @Length(2, 5) short?: string
  @IsOptional() @Matches(/^[a-z]+$/, { message: '$property must be small letters' }) @Length(1, 9) word?: string
  @IsOptional() @Matches(/^x/i) @Allow() anyCase?: string
  @IsInt() @Min(1) @Max(100) whole = 5
  @IsOptional() @IsNumber() @Min(0) part?: number
  @IsOptional() big?: bigint
  @IsBoolean() on = false
  @Duration() @IsInt() @Min(1) @Max(3_600_000) wait = 30_000
  @Size() @IsInt() @Min(1_024) room = 1_048_576
  @IsOptional() @Type(() => Date) since?: Date
  @IsIn(['small', 'large']) size = 'small'
  @IsEnum(Weight) weight: Weight = Weight.light
  @IsArray() @IsString({ each: true }) names: string[] = []
  @ArrayNotEmpty() @IsInt({ each: true }) @Min(1, { each: true }) ports: number[] = [1]
  @IsOptional() @Type(() => Number) unique?: Set<number>
  @IsOptional() @Type(() => Number) weights?: Map<string, number>
  @IsOptional() @Type(() => Replica) @ValidateNested({ each: true }) replicas?: Replica[]
  @IsOptional() @ValidateNested() primary?: Replica
  @IsOptional()
  @ValidateNested()
  @Type(() => Object, {
    discriminator: {
      property: 'kind',
      subTypes: [
        { name: 'circle', value: Circle },
        { name: 'square', value: Square },
      ],
    },
  })
  shape?: Circle | Square
  @Allow()
  @Field({ type: () => Object, description: 'Whatever fits.', examples: [1], deprecated: true })
  free: unknown
  @Field({ nullable: true }) @IsOptional() @IsString() none?: string
  @ValidateIf(() => false) @IsInt() @Max(1) seldom = 0
}

class EverythingService {}
Service({ name: 'everything', config: Everything })(EverythingService)

const everything = (await createServer({ services: [EverythingService] }).configurationSchema()) as Schema
const packages = await packagesSchema()

/** The part of a schema that a class has, as a check of its values alone. */
function checkOf(schema: Schema, definition: string, more: object): (values: object) => readonly string[] {
  const check = compileSchema({
    ...schema,
    type: 'object',
    properties: {},
    additionalProperties: true,
    $ref: `#/definitions/${definition}`,
  })
  return (values) => check({ ...more, ...values })
}

const subjects: readonly [type: Class<object>, check: (values: object) => readonly string[]][] = [
  [Everything, checkOf(everything, 'services.everything', { type: 'everything' })],
  [PostgresConfig, checkOf(packages, 'services.postgres', { type: 'postgres' })],
  [LoggerConfig, checkOf(packages, 'services.logger', { type: 'logger' })],
  [CorsConfig, checkOf(packages, 'middleware.cors', {})],
  [RequestLoggerConfig, checkOf(packages, 'middleware.requestLogger', {})],
  [BodyLimitConfig, checkOf(packages, 'middleware.bodyLimit', {})],
]

function bindProblems(type: Class<object>, values: object): readonly string[] {
  const problems: LokstraError[] = []
  bindConfig(type, { values, locate: () => 'here', label: '' }, problems)
  return problems.map(({ problem }) => problem)
}

/** What both must refuse, made of values that both accept. */
function mutated(fields: readonly FieldPlan[], values: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<object> {
  const typed = fields.filter(({ type }) => type.kind !== 'any')
  const required = fields.filter(({ isRequired }) => isRequired)
  const numeric = fields.filter(({ rules }) =>
    rules.some(({ name, each }) => !each && (name === 'min' || name === 'max')),
  )
  const changes: fc.Arbitrary<(of: Record<string, unknown>) => object>[] = [
    fc.stringMatching(/^[a-z]{9,12}$/).map((key) => (of) => ({ ...of, [key]: 1 })),
    fc
      .constantFrom(...typed)
      .chain(({ name, type }) => wrongValue(type).map((wrong) => (of: object) => ({ ...of, [name]: wrong }))),
  ]
  if (required.length > 0) {
    changes.push(
      fc.constantFrom(...required).map(
        ({ name }) =>
          ({ [name]: _, ...rest }) =>
            rest,
      ),
    )
  }
  if (numeric.length > 0) {
    changes.push(
      fc.constantFrom(...numeric).map(({ name, rules }) => {
        const bound = rules.find((rule) => rule.name === 'min' || rule.name === 'max')!
        const limit = Number(bound.constraints![0])
        return (of) => ({ ...of, [name]: bound.name === 'min' ? limit - 1 : limit + 1 })
      }),
    )
  }
  return fc.tuple(values, fc.oneof(...changes)).map(([of, change]) => change(of))
}

describe('the JSON Schema and the server', () => {
  for (const [type, check] of subjects) {
    const plan = readObjectPlan(type, [])

    it(`accept what ${type.name} admits`, () => {
      fc.assert(
        fc.property(written(plan), (values) => {
          expect([check(values), bindProblems(type, values)]).to.deep.equal([[], []])
        }),
        { numRuns: 200 },
      )
    })

    it(`refuse what ${type.name} does not admit`, () => {
      const fields = plan.fields.filter(({ name }) => name !== 'seldom')
      fc.assert(
        fc.property(mutated(fields, written(plan)), (values) => {
          expect([check(values).length > 0, bindProblems(type, values).length > 0]).to.deep.equal([true, true])
        }),
        { numRuns: 300 },
      )
    })
  }

  it('differ where only the server can know: bounds within text, items within text, own conditions', () => {
    const check = subjects[0]![1]
    for (const values of [
      { text: 't', whole: '101' },
      { text: 't', ports: 'one' },
      { text: 't', anyCase: 'b' },
    ]) {
      expect([check(values), bindProblems(Everything, values).length]).to.deep.equal([[], 1])
    }
  })

  it('leave what a placeholder will be to the server', () => {
    const check = subjects[0]![1]
    const placeholders = Object.fromEntries(readObjectPlan(Everything, []).fields.map(({ name }) => [name, '${VALUE}']))
    expect(check(placeholders)).to.deep.equal([])
  })
})

describe('what the JSON Schema shows of a field', () => {
  const { definitions } = everything as { definitions: Record<string, { properties: Record<string, Schema> }> }
  const { properties } = definitions['services.everything']!

  it('is what @Field says', () => {
    expect(properties.free).to.deep.equal({
      description: 'Whatever fits.',
      deprecated: true,
      deprecationMessage: 'Whatever fits.',
      examples: [1],
    })
  })

  it('is what its message says of text', () => {
    expect(properties.wait!.patternErrorMessage).to.equal('must be a duration such as 500ms or 30s, or hold ${…}')
    expect(properties.wait!.default).to.equal('30s')
    expect(properties.room!.default).to.equal('1MiB')
  })
})
