import { validate, validateOrReject, validateSync } from '@lokstra/core'
import { expect } from 'chai'
import * as cv from 'class-validator'

import { isolate } from './isolate.js'
import { failed } from './same-errors.js'

const even = { validate: (value: unknown) => Number(value) % 2 === 0 }
const scope = globalThis as unknown as { classValidatorMetadataStorage: unknown }

describe('validate after class-validator has learned more', () => {
  let restore: () => void
  beforeEach(() => (restore = isolate()))
  afterEach(() => restore())

  it('runs rules of decorators that are applied after the first use', () => {
    class Base {}
    class Item extends Base {
      @cv.IsInt() n = 1
      other = 'x'
    }
    expect(failed(new Item())).to.deep.equal([])
    cv.Min(2)(Item.prototype, 'n')
    expect(failed(new Item())).to.deep.equal(['min'])
    cv.registerDecorator({
      name: 'even',
      target: Item,
      propertyName: 'n',
      options: {},
      constraints: [],
      validator: even,
    })
    expect(failed(new Item())).to.deep.equal(['min', 'even'])
    // The first decorator of a class above, then a further one.
    cv.IsInt()(Base.prototype, 'other')
    expect(failed(new Item())).to.include('isInt')
    cv.IsBoolean()(Base.prototype, 'other')
    expect(failed(new Item())).to.include('isBoolean')
    // Decorators that add no validator.
    cv.ValidateIf(() => false)(Item.prototype, 'other')
    expect(failed(new Item())).to.deep.equal(['min', 'even'])
    cv.IsOptional()(Item.prototype, 'n')
    expect(failed(Object.assign(new Item(), { n: null }))).to.deep.equal([])
    expect(failed(new Item(), { groups: ['g'] })).to.deep.equal(['unknownValue'])
    cv.IsString({ groups: ['g'] })(Item.prototype, 'n')
    expect(failed(new Item(), { groups: ['g'] })).to.deep.equal(['isString'])
  })

  it('runs the rules of a class, and of a nested one, that had none at first', () => {
    class Inner {
      n = 'x'
    }
    class Outer {
      inner = new Inner()
    }
    expect(failed(new Outer())).to.deep.equal(['unknownValue'])
    cv.ValidateNested()(Outer.prototype, 'inner')
    cv.IsString()(Inner.prototype, 'n')
    expect(failed(new Outer())).to.deep.equal([])
    cv.IsInt()(Inner.prototype, 'n')
    expect(validateSync(new Outer())[0]!.children![0]!.constraints).to.have.keys('isInt')
  })

  it('runs a validator class that is registered after its use', () => {
    class Even {
      validate = even.validate
    }
    class Item {
      @cv.Validate(Even) n = 1
    }
    expect(failed(new Item())).to.deep.equal([])
    cv.ValidatorConstraint({ name: 'even' })(Even)
    expect(failed(new Item())).to.deep.equal(['even'])
    cv.ValidatorConstraint({ name: 'again' })(Even)
    expect(failed(new Item())).to.deep.equal(['even', 'again'])
  })

  it('forgets what a cleared or replaced storage has forgotten', () => {
    class Item {
      @cv.IsInt() n = 'x'
    }
    class Bare {
      n = 'x'
    }
    expect(failed(new Item())).to.deep.equal(['isInt'])
    expect(failed(new Bare())).to.deep.equal(['unknownValue'])
    const { validationMetadatas } = cv.getMetadataStorage() as unknown as { validationMetadatas: Map<unknown, unknown> }
    validationMetadatas.clear()
    cv.IsString()(Item.prototype, 'n')
    expect(failed(new Item())).to.deep.equal([])
    validationMetadatas.clear()
    cv.IsInt()(Bare.prototype, 'n')
    expect(failed(new Bare())).to.deep.equal(['isInt'])
    const storage = scope.classValidatorMetadataStorage
    scope.classValidatorMetadataStorage = new cv.MetadataStorage()
    expect(failed(new Bare())).to.deep.equal(['unknownValue'])
    scope.classValidatorMetadataStorage = storage
    expect(failed(new Bare())).to.deep.equal(['isInt'])
  })

  it('asks a storage of another make each time', () => {
    class Item {
      @cv.IsInt() n = 'x'
    }
    const storage = cv.getMetadataStorage()
    scope.classValidatorMetadataStorage = {
      hasValidationMetaData: true,
      getTargetValidationMetadatas: (...given: Parameters<typeof storage.getTargetValidationMetadatas>) =>
        storage.getTargetValidationMetadatas(...given),
      getTargetValidatorConstraints: (type: Parameters<typeof storage.getTargetValidatorConstraints>[0]) =>
        storage.getTargetValidatorConstraints(type),
      groupByPropertyName: (found: Parameters<typeof storage.groupByPropertyName>[0]) =>
        storage.groupByPropertyName(found),
    }
    expect(failed(new Item())).to.deep.equal(['isInt'])
    expect(failed(Object.assign(new Item(), { n: 1 }))).to.deep.equal([])
  })

  it('fails like class-validator once a schema is registered', async () => {
    class Item {
      @cv.IsInt() n = 1
    }
    expect(validateSync('schema', new Item())).to.deep.equal(cv.validateSync('schema', new Item()))
    expect(await validate('schema', new Item(), {})).to.deep.equal([])
    expect(await validateOrReject('schema', new Item())).to.equal(undefined)
    cv.registerSchema({ name: 'schema', properties: { n: [{ type: 'customValidation' }] } })
    expect(() => failed(new Item())).to.throw(TypeError, 'instanceof')
    expect(() => cv.validateSync('schema', new Item())).to.throw(TypeError, 'instanceof')
    expect(() => validateSync('schema', new Item())).to.throw(TypeError, 'instanceof')
  })

  it('looks through all classes once, not once per call', () => {
    let asked = 0
    class Counting {
      @cv.IsInt() n = 1
      static [Symbol.hasInstance](): boolean {
        asked++
        return false
      }
    }
    class Item {
      @cv.IsInt() n = 1
      @cv.ValidateNested({ each: true }) items: object[] = []
      plain = {}
    }
    const make = (n: unknown) => Object.assign(new Item(), { n, items: [new Item(), new Item()] })
    validateSync(make(1))
    validateSync(make(1), { groups: ['g'] })
    validateSync({}, { forbidUnknownValues: false })
    expect(asked).to.be.above(0)
    asked = 0
    for (let count = 0; count < 100; count++) {
      validateSync(make(1))
      validateSync(make('x'))
      validateSync(make(1), { groups: ['g'] })
      validateSync({}, { forbidUnknownValues: false })
    }
    expect(asked).to.equal(0)
    cv.validateSync(new Item())
    expect(asked).to.be.above(0)
    // A class that is declared later is looked at once, and leaves what is known of others as it is.
    asked = 0
    cv.IsInt()(class Later {}.prototype, 'n')
    for (let count = 0; count < 100; count++) validateSync(make(1))
    expect(asked).to.equal(1)
    expect(new Counting().n).to.equal(1)
  })

  it('keeps a limited number of choices of groups, whose names may come from outside', () => {
    class Item {
      @cv.IsInt({ groups: ['group 90'] }) n = 'x'
    }
    for (let count = 0; count < 100; count++) {
      expect(failed(new Item(), { groups: [`group ${count}`] })).to.deep.equal([
        count === 90 ? 'isInt' : 'unknownValue',
      ])
    }
  })
})
