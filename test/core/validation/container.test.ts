import { validate, validateOrReject, validateSync } from '@lokstra/core'
import { expect } from 'chai'
import * as cv from 'class-validator'

import { isolate } from './isolate.js'
import { attempt, difference, failed } from './same-errors.js'

describe('validate with a container', () => {
  let restore: () => void
  beforeEach(() => (restore = isolate()))
  afterEach(() => restore())

  const use = (get: (type: new () => object) => unknown, options?: cv.UseContainerOptions) =>
    cv.useContainer({ get: get as never }, options)

  it('asks the container for validator classes at each call', () => {
    const made: object[] = []
    class Limit implements cv.ValidatorConstraintInterface {
      constructor(readonly limit = 0) {}
      validate(value: unknown): boolean {
        return Number(value) < this.limit
      }
      defaultMessage(): string {
        return `$property must be under ${this.limit}`
      }
    }
    cv.ValidatorConstraint({ name: 'limit' })(Limit)
    class Item {
      @cv.Validate(Limit) @cv.IsInt() n = 5
    }
    let limit = 3
    use((type) => {
      const instance = type === Limit ? new Limit(limit) : new type()
      made.push(instance)
      return instance
    })
    expect(failed(new Item())).to.deep.equal(['limit'])
    limit = 9
    expect(failed(new Item())).to.deep.equal([])
    expect(made.filter((instance) => instance instanceof Limit)).to.have.length.above(3)
  })

  it('leaves the work to a Validator of the container', async () => {
    const calls: unknown[][] = []
    class Own extends cv.Validator {
      override validateSync(...given: unknown[]): cv.ValidationError[] {
        calls.push(given)
        return []
      }
      override validate(...given: unknown[]): Promise<cv.ValidationError[]> {
        calls.push(given)
        return Promise.resolve([])
      }
      override validateOrReject(...given: unknown[]): Promise<void> {
        calls.push(given)
        return Promise.resolve()
      }
    }
    use(() => new Own())
    const object = {}
    const options = { whitelist: true }
    const run = async (validator: Pick<typeof cv, 'validate' | 'validateOrReject' | 'validateSync'>) => {
      calls.length = 0
      validator.validateSync(object, options)
      validator.validateSync('schema', object, options)
      await validator.validate(object)
      await validator.validateOrReject('schema', object)
      return [...calls]
    }
    expect(await run({ validate, validateOrReject, validateSync })).to.deep.equal(await run(cv))
  })

  it('fails like class-validator where the container gives no Validator', () => {
    use(() => undefined)
    const expected = attempt(() => cv.validateSync({}))
    expect(
      difference(
        expected,
        attempt(() => validateSync({})),
      ),
    ).to.equal(undefined)
    use(() => {
      throw new Error('no such service')
    })
    expect(() => validateSync({})).to.throw('no such service')
    use(() => undefined, { fallback: true })
    expect(failed({})).to.deep.equal(['unknownValue'])
  })
})
