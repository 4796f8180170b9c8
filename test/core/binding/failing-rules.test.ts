import { bindAsync, Body, Field, Post, Route, validate, ValidationError, type Class } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import {
  IsString,
  Length,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
  type ValidationArguments,
} from 'class-validator'
import { expect } from 'chai'

/** A validator as class-validator's readme writes them: declared async, and free to throw before it gives its promise. */
@ValidatorConstraint({ name: 'exists', async: true })
class Exists {
  validate(id: string) {
    const number = BigInt(id)
    return number > 100n ? Promise.reject(new Error('out of range')) : Promise.resolve(true)
  }
}
@ValidatorConstraint({ name: 'written', async: true })
class Written {
  async validate(text: string) {
    return Promise.resolve(text.trim() !== '')
  }
}
@ValidatorConstraint({ name: 'rejecting', async: true })
class Rejecting {
  validate() {
    return Promise.reject(new Error('no connection'))
  }
}
@ValidatorConstraint({ name: 'throwing', async: true })
class Throwing {
  validate(): Promise<boolean> {
    throw new Error('no memory')
  }
}

class Ids {
  @Validate(Exists, { each: true }) @IsString({ each: true }) ids!: string[]
}
class Unfinished {
  // The rule that is written last is asked first.
  @Validate(Throwing) @Validate(Rejecting) name!: string
}
class Named {
  @Validate(Written) name!: string
}

/** The code of each wrong field, or what else is thrown. */
async function refusal(type: Class<object>, value: unknown): Promise<unknown> {
  try {
    await bindAsync(type, value)
    return []
  } catch (error) {
    if (!(error instanceof ValidationError)) return String(error)
    return error.fields!.map(({ field, code }) => `${field} ${code}`)
  }
}

describe('a rule that throws', () => {
  const lost: unknown[] = []
  const note = (error: unknown) => lost.push(error)
  beforeEach(() => process.on('unhandledRejection', note))
  afterEach(async () => {
    // Node tells of unhandled rejections before the next turn.
    await new Promise((resolve) => setTimeout(resolve, 1))
    process.off('unhandledRejection', note)
    expect(lost.splice(0)).to.deep.equal([])
  })

  const failing: readonly [what: string, type: Class<object>, value: object, error: string][] = [
    ['one item', Ids, { ids: ['1000', 'abc'] }, 'SyntaxError: Cannot convert abc to a BigInt'],
    ['an absent value', Unfinished, {}, 'Error: no memory'],
    ['a value', Unfinished, { name: 'a' }, 'Error: no memory'],
  ]
  for (const [what, type, value, error] of failing) {
    it(`for ${what} while another is awaited that will fail is the only error`, async () => {
      for (let call = 0; call < 3; call++) expect(await refusal(type, value)).to.equal(error)
      const validated = async () => validate(Object.assign(new type(), value))
      expect(await validated().catch(String)).to.equal(error)
    })
  }

  it('over a property of an absent value, at once or later, says that the value is required', async () => {
    for (let call = 0; call < 3; call++) expect(await refusal(Named, {})).to.deep.equal(['name required'])
    expect(await refusal(Named, { name: ' ' })).to.deep.equal(['name written'])
    expect(await refusal(Named, { name: 'a' })).to.deep.equal([])
  })
})

class Address {
  @IsString() country!: string
}
const isAmerican = ({ address }: { readonly address: Address }) => address.country === 'US'

@ValidatorConstraint({ name: 'fits' })
class Fits {
  validate(zip: string, { object }: ValidationArguments) {
    return !isAmerican(object as Parcel) || zip.length === 5
  }
}
@ValidatorConstraint({ name: 'known', async: true })
class Known {
  async validate(zip: string, { object }: ValidationArguments) {
    return Promise.resolve(!isAmerican(object as Parcel) || zip !== '00000')
  }
}
@ValidatorConstraint({ name: 'shipped' })
class Shipped {
  validate(zip: string, { object }: ValidationArguments) {
    return (object as Parcel).carrier!.zips.includes(zip)
  }
}

class Parcel {
  @Body() @ValidateNested() address!: Address
  carrier?: { readonly zips: readonly string[] }
}
class Conditional extends Parcel {
  @Body() @ValidateIf(isAmerican) @Length(5, 5) zip!: string
}
class ConditionalRule extends Parcel {
  @Body() @Length(5, 5, { validateIf: isAmerican }) zip!: string
}
class ConditionFirst {
  @Body() @ValidateIf(isAmerican) @Length(5, 5) zip!: string
  @Body() @ValidateIf(({ zip }: ConditionFirst) => zip !== 'none') @ValidateNested() address!: Address
}
class OwnRule extends Parcel {
  @Body() @Validate(Fits) zip!: string
}
class LateRule extends Parcel {
  @Body() @Validate(Known) zip!: string
}
class Faulty extends Parcel {
  @Body() @Validate(Shipped) zip!: string
}
class Nested {
  @Body() @ValidateNested() @Field({ type: () => Conditional }) parcels!: Conditional[]
}

@Route('/parcels')
class Parcels {
  @Post('/conditional') conditional(input: Conditional) {
    return input
  }
  @Post('/conditional-rule') conditionalRule(input: ConditionalRule) {
    return input
  }
  @Post('/condition-first') conditionFirst(input: ConditionFirst) {
    return input
  }
  @Post('/own-rule') ownRule(input: OwnRule) {
    return input
  }
  @Post('/late-rule') lateRule(input: LateRule) {
    return input
  }
  @Post('/faulty') faulty(input: Faulty) {
    return input
  }
  @Post('/nested') nested(input: Nested) {
    return input
  }
}

describe('a rule that looks at another field', () => {
  let server: TestServer
  before(async () => (server = await createTestServer({ controllers: [Parcels] })))
  /** Status and wrong fields, thrice the same: a class is interpreted first, and compiled then. */
  async function post(path: string, body: object): Promise<readonly unknown[]> {
    const answers: unknown[][] = []
    for (let call = 0; call < 3; call++) {
      const answer = await server.inject('POST', `/parcels/${path}`, { body })
      const fields = (answer.json().error?.fields ?? []) as readonly { readonly field: string; readonly code: string }[]
      answers.push([answer.status, ...fields.map(({ field, code }) => `${field} ${code}`)])
    }
    expect(answers).to.deep.equal([answers[0], answers[0], answers[0]])
    return answers[0]!
  }

  const zip = '123'
  for (const path of ['conditional', 'conditional-rule', 'condition-first', 'own-rule', 'late-rule']) {
    it(`has no say where that one is wrong: ${path}`, async () => {
      expect(await post(path, { zip })).to.deep.equal([400, 'address required'])
      expect(await post(path, { zip, address: 5 })).to.deep.equal([400, 'address type'])
      expect(await post(path, { zip, address: { country: 'DE' } })).to.deep.equal([200])
    })
  }

  it('has its say where that one is right', async () => {
    const address = { country: 'US' }
    expect(await post('conditional', { zip, address })).to.deep.equal([400, 'zip isLength'])
    expect(await post('own-rule', { zip, address })).to.deep.equal([400, 'zip fits'])
    expect(await post('late-rule', { zip: '00000', address })).to.deep.equal([400, 'zip known'])
  })

  it('of an item has no say where that one is wrong', async () => {
    const right = { zip: '12345', address: { country: 'US' } }
    expect(await post('nested', { parcels: [right, { zip }] })).to.deep.equal([400, 'parcels[1].address required'])
  })

  it('and stumbles where nothing is wrong is a fault', async () => {
    server.expectError(/zips/)
    expect(await post('faulty', { zip, address: { country: 'DE' } })).to.deep.equal([500])
    expect(await post('faulty', { zip })).to.deep.equal([400, 'address required'])
  })
})
