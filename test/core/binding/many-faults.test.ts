import { bind, Field, ValidationError, type Class } from '@lokstra/core'
import { expect } from 'chai'
import { ArrayMinSize, IsDefined, IsInt, IsString, Min, ValidateNested } from 'class-validator'

class Leaf {
  @IsInt() n!: number
}
class Branch {
  @Field({ type: () => Leaf }) @ValidateNested({ each: true }) leaves!: Leaf[]
}
class Tree {
  @IsDefined() @ArrayMinSize(1) @Field({ type: () => Branch }) @ValidateNested({ each: true }) branches!: Branch[]
  @Field({ type: () => Leaf }) @ValidateNested({ each: true }) more: Leaf[] = []
  @IsInt() @Min(5) age = 7
}
class Named {
  @IsDefined() @Field({ type: () => Branch }) @ValidateNested({ each: true }) byName!: Map<string, Branch>
}
class Distinct {
  @IsDefined() @Field({ type: () => Branch }) @ValidateNested({ each: true }) set!: Set<Branch>
}
class Strict {
  @Field({ type: () => Leaf }) @ValidateNested({ each: true }) items!: Leaf[]
  @IsString() name!: string
}

const faults = (count: number) => Array.from({ length: count }, () => ({ n: 'x' }))
const right = { leaves: [{ n: 1 }] }

/** How many fields the answer names; the first calls of a class are interpreted, later ones run emitted code. */
function counts(type: Class<object>, value: object, unknown: 'drop' | 'reject' = 'drop'): (number | object)[] {
  return [1, 2, 3].map(() => {
    try {
      return bind(type, value, { unknown })
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      return error.fields!.length
    }
  })
}

describe('input with about as many faults as are told', () => {
  for (const count of [98, 99, 100, 101, 250]) {
    it(`is refused with ${count} of them in one item of a list, wherever it stands`, () => {
      const told = Math.min(count, 100)
      const branch = { leaves: faults(count) }
      expect(counts(Tree, { branches: [branch] })).to.deep.equal([told, told, told])
      expect(counts(Tree, { branches: [right, right, branch] })).to.deep.equal([told, told, told])
      expect(counts(Tree, { branches: [branch, branch] }).every((n) => Number(n) >= told)).to.equal(true)
      expect(counts(Tree, { branches: [branch], more: faults(1), age: 1 }).every((n) => Number(n) >= told)).to.equal(
        true,
      )
    })

    it(`is refused with ${count} of them in one item of a map or set`, () => {
      const told = Math.min(count, 100)
      expect(counts(Named, { byName: { a: right, b: { leaves: faults(count) } } })).to.deep.equal([told, told, told])
      expect(counts(Distinct, { set: [{ leaves: faults(count) }] })).to.deep.equal([told, told, told])
    })

    it(`is refused with ${count} unknown keys in one item`, () => {
      const extra = Object.fromEntries(faults(count).map((_, index) => [`extra${index}`, 1]))
      const items = [{ n: 1, ...extra }]
      const told = Math.min(count, 100)
      expect(counts(Strict, { items, name: 'a' }, 'reject')).to.deep.equal([told, told, told])
    })
  }

  it('is refused without repeating a long name that the client chose, or the class', () => {
    const long = 'x'.repeat(100_000)
    const shown = `${long.slice(0, 100)}…`
    class Wide {}
    Reflect.defineMetadata('design:type', Leaf, Wide.prototype, long)
    Reflect.defineMetadata('design:type', Number, Wide.prototype, `${long}y`)
    ValidateNested()(Wide.prototype, long)
    IsInt()(Wide.prototype, `${long}y`)
    const pathsOf = (type: Class<object>, value: object, unknown: 'drop' | 'reject' = 'drop') => {
      const told = [1, 2, 3].map(() => {
        try {
          return bind(type, value, { unknown })
        } catch (error) {
          if (!(error instanceof ValidationError)) throw error
          return error.fields!.map(({ field }) => field)
        }
      })
      expect(told.slice(1)).to.deep.equal([told[0], told[0]])
      return told[0]
    }
    const items = faults(2)
    expect(pathsOf(Named, { byName: { [long]: { leaves: items } } })).to.deep.equal([
      `byName.${shown}.leaves[0].n`,
      `byName.${shown}.leaves[1].n`,
    ])
    expect(pathsOf(Named, { byName: {}, [long]: 1 }, 'reject')).to.deep.equal([shown])
    expect(pathsOf(Wide, { [long]: items[0], [`${long}y`]: 'a' })).to.deep.equal([`${shown}.n`, shown])
  })
})
