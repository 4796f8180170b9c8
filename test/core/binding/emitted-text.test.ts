import { Body, Header, Path, Query, type Class, type LokstraError } from '@lokstra/core'
import { Type } from 'class-transformer'
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, ValidateNested } from 'class-validator'
import { expect } from 'chai'

import {
  bindWith,
  binderText,
  compiledObject,
  InvalidInput,
  readInputPlan,
  readObjectPlan,
  Refusals,
} from './internals.js'

function textOf(dto: Class): string {
  const problems: LokstraError[] = []
  const plan = readInputPlan(dto, { verb: 'POST', path: '/:id', pathParameters: ['id'], where: 'here' }, problems)
  if (problems.length > 0) throw problems[0]!
  return binderText(plan)
}

class Line {
  @IsString() sku!: string
  @ValidateNested() @Type(() => Line) @IsOptional() part?: Line
}
class UpdateOrder {
  @Path() @IsInt() id!: number
  @Query('dry_run') dryRun = false
  @Header('x-tenant') @IsOptional() @IsString() tenant?: string
  @Body() @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[]
}

describe('the emitted text of a binder', () => {
  it('reads as the class does: one function per class, names from fields', () => {
    const text = textOf(UpdateOrder)
    expect(text).to.include('function bind_UpdateOrder(ctx, body, refusals) {')
    expect(text).to.include('let id = ctx.params.id')
    expect(text).to.include('let dryRun = ctx.query.dry_run')
    expect(text).to.include('let tenant = ctx.headers["x-tenant"]')
    expect(text).to.include('let lines = body.lines')
    expect(text.match(/function bind_Line\(/g)).to.have.length(1)
    for (const line of text.split('\n')) expect(line.length).to.be.below(160)
  })

  it('holds nothing of metadata but literals', () => {
    const attacks = [
      '"];globalThis.pwned = 1//',
      "'+(globalThis.pwned = 1)+'",
      '`${globalThis.pwned = 1}`',
      '\u2028globalThis.pwned = 1//',
      '*/globalThis.pwned = 1/*',
      '</script>',
    ]
    for (const attack of attacks) {
      const Hostile = { [attack]: class {} }[attack] as Class
      const prototype = Hostile.prototype as object
      const decorators = [
        IsIn([attack, `${attack}2`], { message: attack }),
        Matches(new RegExp(attack.replace(/[^\w ]/g, '\\$&')), { message: attack }),
        Body(attack),
      ]
      Reflect.defineMetadata('design:type', String, prototype, attack)
      for (const decorator of decorators) (decorator as PropertyDecorator)(prototype, attack)
      compiledObject(readObjectPlan(Hostile, []), { text: 'strict', isForm: false, unknown: 'drop' }).compile()
      const bound = bindWith('compiled', Hostile, { [attack]: attack }) as unknown as Record<string, unknown>
      expect(Object.entries(bound)).to.deep.equal([[attack, attack]])
      expect(bindWith('compiled', Hostile, { [attack]: 'other' })).to.be.instanceOf(InvalidInput)
      const plan = readObjectPlan(Hostile, [])
      expect(
        compiledObject(plan, { text: 'strict', isForm: false, unknown: 'reject' })
          .compile()
          .bind({ [attack]: attack }, new Refusals()),
      ).to.be.instanceOf(Hostile)
    }
    expect(globalThis).to.not.have.property('pwned')
  })

  it('sets no prototype', () => {
    class Proto {
      @IsString() ok!: string;
      ['__proto__']: unknown = undefined
    }
    Reflect.defineMetadata('design:type', Object, Proto.prototype, '__proto__')
    ;(Body() as PropertyDecorator)(Proto.prototype, '__proto__')
    const raw = JSON.parse('{"ok":"a","__proto__":{"polluted":true}}') as unknown
    compiledObject(readObjectPlan(Proto, []), { text: 'strict', isForm: false, unknown: 'drop' }).compile()
    for (const engine of ['compiled', 'interpreted'] as const) {
      const bound = bindWith(engine, Proto, raw)
      expect(Object.getPrototypeOf(bound), engine).to.equal(Proto.prototype)
      expect(Object.getOwnPropertyDescriptor(bound, '__proto__')?.value, engine).to.deep.equal({ polluted: true })
    }
  })

  it('takes the time that an input has levels, not their square, to find the fault in the last', () => {
    class Level {
      @IsOptional() @ValidateNested() @Type(() => Level) next?: Level
      @IsInt() @Min(0) @Max(9) value!: number
    }
    const chain = (depth: number, value: number): object =>
      depth === 0 ? { value } : { value: 1, next: chain(depth - 1, value) }
    const plan = readObjectPlan(Level, [])
    const compiled = compiledObject(plan, { text: 'strict', isForm: false, unknown: 'drop' }).compile()
    expect(compiled.bind(chain(30, 1), new Refusals())).to.be.instanceOf(Level)
    let calls = 0
    const { bind } = compiled
    compiled.bind = (raw, discriminator) => {
      calls++
      return bind(raw, discriminator)
    }
    try {
      const failure = bindWith('compiled', Level, chain(30, 99))
      expect(failure).to.be.instanceOf(InvalidInput)
      expect(
        (failure as InstanceType<typeof InvalidInput>).error.fields!.map(({ field, code }) => [field, code]),
      ).to.deep.equal([[`${'next.'.repeat(30)}value`, 'max']])
    } finally {
      compiled.bind = bind
    }
    expect(calls).to.be.below(40)
  })
})
