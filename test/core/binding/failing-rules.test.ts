import { bindAsync, validate, ValidationError, type Class } from '@lokstra/core'
import { IsString, Validate, ValidatorConstraint } from 'class-validator'
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
