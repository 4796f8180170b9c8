import { ConflictError } from '@lokstra/core'
import { expect } from 'chai'

import {
  compileSerializer,
  objectOf,
  plan,
  planOf,
  serializerText,
  toJson,
  type FieldSpec,
  type ObjectPlan,
  type ValueType,
} from './internals.js'

const string: ValueType = { kind: 'string' }
const number: ValueType = { kind: 'number' }
const any: ValueType = { kind: 'any' }
const listOf = (element: ValueType): ValueType => ({ kind: 'array', element })
const setOf = (element: ValueType): ValueType => ({ kind: 'set', element })
const mapOf = (element: ValueType): ValueType => ({ kind: 'map', element })

/** The text of a value, which is also that of the interpreter. */
function write(type: ValueType, value: unknown): string | undefined {
  const serializer = compileSerializer(type)
  const text = serializer.write(value)
  if (text !== undefined) expect(toJson(serializer.project(value))).to.equal(text)
  return text
}

/** A class with one field `f`. */
const field = (type: ValueType, more: Partial<FieldSpec> = {}) => objectOf('Todo', [{ property: 'f', type, ...more }])

class Decimal {
  constructor(readonly plain: unknown) {}
  toJSON(): unknown {
    return this.plain
  }
}

describe('a serialiser', () => {
  it('writes the declared fields in their order, under their names, and nothing else', () => {
    const todo = objectOf('Todo', [
      { property: 'title', type: string },
      { property: 'id', name: 'key', type: number },
    ])
    class Row {
      id = 1
      password = 'hunter2'
      title = 'Read'
    }
    class SecretRow extends Row {
      token = 'hunter3'
    }
    const text = '{"title":"Read","key":1}'
    expect(write(todo, new Row())).to.equal(text)
    expect(write(todo, new SecretRow())).to.equal(text)
    expect(write(todo, { title: 'Read', id: 1, key: 2, password: 'hunter2' })).to.equal(text)
    expect(write(listOf(todo), [new Row(), new SecretRow()])).to.equal(`[${text},${text}]`)
  })

  it('reads getters and what is inherited, and calls none of an object’s own toJSON', () => {
    class Row {
      get f() {
        return 'got'
      }
      toJSON() {
        return { f: 'other', password: 'hunter2' }
      }
    }
    expect(write(field(string), new Row())).to.equal('{"f":"got"}')
    expect(write(field(string), Object.create({ f: 'inherited' }))).to.equal('{"f":"inherited"}')
  })

  it('omits what is undefined in objects and maps, and writes null for it in lists', () => {
    const two = objectOf(
      'Two',
      ['a', 'b', 'c'].map((property) => ({ property, type: string })),
    )
    expect(write(two, { b: 'x' })).to.equal('{"b":"x"}')
    expect(write(two, { c: 'x', a: 'y' })).to.equal('{"a":"y","c":"x"}')
    expect(write(two, {})).to.equal('{}')
    expect(write(two, { a: null })).to.equal('{"a":null}')
    expect(write(mapOf(string), new Map([['a', undefined]]))).to.equal('{}')
    expect(write(listOf(string), [undefined, null, 'a'])).to.equal('[null,null,"a"]')
    expect(write(listOf(two), [undefined, null])).to.equal('[null,null]')
    expect(write(two, undefined)).to.equal(undefined)
    expect(write(two, null)).to.equal('null')
    expect(write(listOf(two), null)).to.equal('null')
    expect(write(setOf(two), null)).to.equal('null')
    expect(write(mapOf(two), null)).to.equal('null')
  })

  it('escapes text as JSON.stringify does', () => {
    for (const text of [
      '',
      '"',
      '\\',
      '\b\f\n\r\t\u0000\u001f',
      'é😀',
      '\u2028',
      '\ud800',
      'a\udc00',
      'x'.repeat(9_000),
    ]) {
      expect(write(string, text)).to.equal(JSON.stringify(text))
      expect(write(field(string), { f: text })).to.equal(JSON.stringify({ f: text }))
      expect(write(field(string), { f: `${text}"` })).to.equal(JSON.stringify({ f: `${text}"` }))
    }
  })

  it('writes numbers, durations and sizes as numbers, and null for what JSON has no number for', () => {
    for (const kind of ['number', 'duration', 'size'] as const) {
      for (const value of [0, -0, 1.5, 1e21, 5e-324, 2 ** 53, NaN, Infinity, -Infinity]) {
        expect(write({ kind }, value)).to.equal(JSON.stringify(value))
        expect(write(field({ kind }), { f: value })).to.equal(JSON.stringify({ f: value }))
        expect(write(listOf({ kind }), [value])).to.equal(JSON.stringify([value]))
      }
    }
  })

  it('writes booleans, and enum values as they are', () => {
    for (const f of [true, false, null])
      expect(write(field({ kind: 'boolean' }), { f })).to.equal(JSON.stringify({ f }))
    expect(write(listOf({ kind: 'boolean' }), [true, false])).to.equal('[true,false]')
    const colour: ValueType = { kind: 'enum', values: ['red', 2] }
    expect(write(listOf(colour), ['red', 2, 'gone'])).to.equal('["red",2,"gone"]')
    expect(write(field(colour), { f: 2 })).to.equal('{"f":2}')
  })

  it('writes dates as ISO text, invalid ones as null, and what a date’s own toJSON gives', () => {
    class Day extends Date {
      override toJSON(): string {
        return this.toISOString().slice(0, 10)
      }
    }
    const date: ValueType = { kind: 'date' }
    expect(write(date, new Date(0))).to.equal('"1970-01-01T00:00:00.000Z"')
    expect(write(field(date), { f: new Date(NaN) })).to.equal('{"f":null}')
    expect(write(field(date), { f: new Day(0) })).to.equal('{"f":"1970-01-01"}')
    expect(write(field(date), { f: '2024-05-06' })).to.equal('{"f":"2024-05-06"}')
  })

  it('writes bigints as text, which no reader rounds, wherever they stand', () => {
    expect(write({ kind: 'bigint' }, 2n ** 64n)).to.equal('"18446744073709551616"')
    expect(write(field(number), { f: 1n })).to.equal('{"f":"1"}')
    expect(write(field(any), { f: { deep: [1n] } })).to.equal('{"f":{"deep":["1"]}}')
  })

  it('writes scalars of another kind as what they are', () => {
    expect(write(field(string), { f: 5 })).to.equal('{"f":5}')
    expect(write(field(number), { f: '5.10' })).to.equal('{"f":"5.10"}')
    expect(write(field({ kind: 'boolean' }), { f: 1 })).to.equal('{"f":1}')
  })

  it('takes an object for a scalar when its toJSON gives one', () => {
    expect(write(field(string), { f: new Decimal('1.20') })).to.equal('{"f":"1.20"}')
    expect(write(field(number), { f: new Decimal(5n) })).to.equal('{"f":"5"}')
    expect(write(field(string), { f: new Date(0) })).to.equal('{"f":"1970-01-01T00:00:00.000Z"}')
    expect(write(field(string), { f: new Decimal(undefined) })).to.equal('{"f":null}')
  })

  it('writes any value whole where nothing is declared of it', () => {
    expect(write(field(any), { f: { a: [1, new Date(0)] } })).to.equal('{"f":{"a":[1,"1970-01-01T00:00:00.000Z"]}}')
    expect(compileSerializer(field(any)).write({ f: () => 1 })).to.equal('{}')
    expect(compileSerializer(listOf(any)).write([() => 1, undefined, 1])).to.equal('[null,null,1]')
    expect(compileSerializer(mapOf(any)).write({ a: () => 1, b: 1 })).to.equal('{"b":1}')
  })

  it('writes sets as lists, maps as objects, and lists and plain objects in their place', () => {
    expect(write(setOf(number), new Set([1, 2]))).to.equal('[1,2]')
    expect(write(setOf(number), [1])).to.equal('[1]')
    const keys = new Map<unknown, number>([
      ['b', 1],
      [10, 2],
      ['10', 3],
      ['__proto__', 4],
    ])
    expect(write(mapOf(number), keys)).to.equal('{"10":3,"b":1,"__proto__":4}')
    expect(write(mapOf(number), { '"': 1 })).to.equal('{"\\"":1}')
  })

  it('takes nothing that every object inherits for data', () => {
    const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty']
    const odd = objectOf(
      'Odd',
      names.map((property) => ({ property, type: any })),
    )
    expect(compileSerializer(odd).write({})).to.equal('{}')
    expect(compileSerializer(odd).write(new Decimal(1))).to.equal('{}')
    expect(write(odd, JSON.parse('{"__proto__":1,"constructor":2}'))).to.equal('{"constructor":2,"__proto__":1}')
    class Named {
      get toString() {
        return 'a getter'
      }
    }
    expect(write(odd, new Named())).to.equal('{"toString":"a getter"}')
  })

  it('writes whole numbers as names first, as every object lists them', () => {
    const odd = objectOf(
      'Odd',
      ['b', '2', '1', '01'].map((property) => ({ property, type: number })),
    )
    expect(write(odd, { b: 1, 2: 2, 1: 3, '01': 4 })).to.equal('{"1":3,"2":2,"b":1,"01":4}')
  })
})

describe('@Transform of an output', () => {
  it('is handed what class-transformer hands it, in turn', () => {
    const seen: unknown[] = []
    const todo = field(string, {
      name: 'g',
      transforms: [
        (parameters) => (seen.push(parameters), `${String(parameters.value)}!`),
        ({ value }) => [value].join(),
      ],
    })
    const value = { f: 'x' }
    expect(compileSerializer(todo).write(value)).to.equal('{"g":"x!"}')
    expect(seen).to.deep.equal([{ value: 'x', key: 'f', obj: value, type: 1, options: {} }])
  })

  it('may omit a field, add one, or make a scalar of an object', () => {
    expect(write(field(string, { transforms: [() => undefined] }), { f: 'x' })).to.equal('{}')
    expect(write(field(string, { transforms: [() => 'made'] }), { f: undefined })).to.equal('{"f":"made"}')
    const owner = objectOf('User', [{ property: 'id', type: number }])
    const idOnly = field(owner, { transforms: [({ value }) => (value as { id: number }).id] })
    expect(write(idOnly, { f: { id: 7 } })).to.equal('{"f":7}')
    expect(write(field(owner, { transforms: [({ value }) => value] }), { f: { id: 7, password: 1 } })).to.equal(
      '{"f":{"id":7}}',
    )
  })

  it('is not asked for what an object does not have, whatever the name', () => {
    for (const property of ['f', 'toString', '0']) {
      const todo = objectOf('Todo', [{ property, type: string, transforms: [({ value }) => String(value)] }])
      expect(write(todo, {})).to.equal('{}')
      for (const value of [undefined, null, 'x'])
        expect(write(todo, { [property]: value })).to.equal(JSON.stringify({ [property]: String(value) }))
      expect(write(todo, Object.create({ [property]: 'inherited' }))).to.equal(`{"${property}":"inherited"}`)
    }
  })

  it('may throw: the field is named and the cause kept, unless it is an HttpError', () => {
    const conflict = new ConflictError('Taken')
    for (const cause of [new Error('mine'), new RangeError('Invalid time value'), 'no error', conflict]) {
      const serializer = compileSerializer(
        field(string, {
          transforms: [
            () => {
              throw cause
            },
          ],
        }),
      )
      for (const run of [() => serializer.write({ f: 1 }), () => serializer.project({ f: 1 })]) {
        try {
          run()
          expect.fail('nothing was thrown')
        } catch (error) {
          if (cause === conflict) expect(error).to.equal(conflict)
          else expect(error).to.include({ name: 'TransformFailure', field: 'Todo.f', cause })
        }
      }
    }
  })

  it('does not hide that data contains itself', () => {
    const node: ObjectPlan = plan('Node', [
      {
        property: 'next',
        type: { kind: 'object', plan: () => node },
        transforms: [({ value }) => JSON.parse('1') && [value][0]],
      },
    ])
    const value: { next?: unknown } = {}
    value.next = value
    const serializer = compileSerializer({ kind: 'object', plan: () => node })
    expect(() => serializer.write(value)).to.throw('Node.next contains itself')
  })

  it('lets nothing undeclared through', () => {
    const leak = field(string, { transforms: [() => ({ password: 'hunter2' })] })
    expect(() => compileSerializer(leak).write({ f: 'x' })).to.throw('Todo.f is declared as string and was an object')
  })
})

describe('a union', () => {
  class Circle {
    r = 1
  }
  class Disc extends Circle {}
  class Square {
    side = 2
    shape = 'nonsense'
  }
  const variants = new Map<string, () => ObjectPlan>([
    ['circle', () => planOf(Circle, [{ property: 'r', type: number }])],
    [
      'square',
      () =>
        planOf(Square, [
          { property: 'side', type: number },
          { property: 'shape', type: string },
        ]),
    ],
    ['round', () => planOf(Circle, [{ property: 'r', type: number }])],
  ])
  const union: ValueType = { kind: 'union', discriminator: 'shape', variants }

  it('is written by the class of the value, with its discriminator', () => {
    expect(write(listOf(union), [new Circle(), new Square(), new Disc(), null])).to.equal(
      '[{"shape":"circle","r":1},{"shape":"square","side":2},{"shape":"circle","r":1},null]',
    )
    expect(write(union, Object.assign(new Circle(), { shape: 'round' }))).to.equal('{"shape":"round","r":1}')
  })

  it('is written by the discriminator of a plain object', () => {
    expect(write(union, { shape: 'square', side: 3, r: 1, password: 1 })).to.equal('{"shape":"square","side":3}')
  })

  it('refuses what is none of its variants', () => {
    for (const value of [{}, { shape: 'hexagon' }, { shape: 'constructor' }, new Decimal(1), [1], 'circle']) {
      expect(() => compileSerializer(union).write(value)).to.throw('data is declared as Circle | Square | Circle')
    }
  })

  it('may have a discriminator of any name', () => {
    for (const discriminator of ['0', '__proto__', 'constructor']) {
      const odd: ValueType = { kind: 'union', discriminator, variants }
      expect(write(odd, new Circle())).to.equal(`{${JSON.stringify(discriminator)}:"circle","r":1}`)
    }
  })
})

describe('a value that does not fit', () => {
  class User {
    password = 'hunter2'
  }
  const user = objectOf('User', [{ property: 'id', type: number }])
  const refused: [ValueType, unknown, string][] = [
    [field(string), { f: new User() }, 'Todo.f is declared as string and was an object of class User'],
    [field(string), { f: { password: 1 } }, 'Todo.f is declared as string and was an object'],
    [field(number), { f: ['hunter2'] }, 'Todo.f is declared as number and was an array'],
    [field({ kind: 'date' }), { f: new Decimal({}) }, 'Todo.f is declared as date and was an object of class Decimal'],
    [field({ kind: 'boolean' }), { f: () => 1 }, 'Todo.f is declared as boolean and was a function'],
    [field({ kind: 'bigint' }), { f: Symbol('s') }, 'Todo.f is declared as bigint and was a symbol'],
    [field(listOf(string)), { f: 'hunter2' }, 'Todo.f is declared as string[] and was a string'],
    [field(listOf(user)), { f: new Set() }, 'Todo.f is declared as User[] and was an object of class Set'],
    [field(listOf(user)), { f: [1] }, 'Todo.f[] is declared as User and was a number'],
    [field(setOf(string)), { f: {} }, 'Todo.f is declared as set of string and was an object'],
    [field(mapOf(string)), { f: new User() }, 'Todo.f is declared as map of string and was an object of class User'],
    [field(mapOf(string)), { f: ['a'] }, 'Todo.f is declared as map of string and was an array'],
    [mapOf(string), new Map([[{}, 'a']]), 'a key of data is declared as string and was an object'],
    [mapOf(string), 5, 'data is declared as map of string and was a number'],
    [field(user), { f: [] }, 'Todo.f is declared as User and was an array'],
    [field(user), { f: Promise.resolve({ id: 1 }) }, 'Todo.f is declared as User and was an object of class Promise'],
    [field(user), { f: new Map([['id', 1]]) }, 'Todo.f is declared as User and was an object of class Map'],
    [user, 'hunter2', 'data is declared as User and was a string'],
    [user, [{ id: 1 }], 'data is declared as User and was an array'],
    [listOf(user), { id: 1 }, 'data is declared as User[] and was an object'],
  ]

  it('is refused by field, declared type and kind, and its content is not repeated', () => {
    for (const [type, value, message] of refused) {
      const serializer = compileSerializer(type)
      expect(() => serializer.write(value), message).to.throw(message)
      expect(() => serializer.project(value), message).to.throw(message)
    }
  })

  it('is named by its field where two fields share a type', () => {
    const tags = listOf(string)
    const todo = objectOf(
      'Todo',
      ['a', 'b'].map((property) => ({ property, type: tags })),
    )
    expect(() => compileSerializer(todo).write({ a: [], b: [{}] })).to.throw('Todo.b[] is declared as string')
  })

  it('contains itself: refused, also by way of lists', () => {
    const category: ObjectPlan = planOf(class Category {}, [
      { property: 'parent', type: { kind: 'object', plan: () => category } },
      { property: 'children', type: listOf({ kind: 'object', plan: () => category }) },
    ])
    const type: ValueType = { kind: 'object', plan: () => category }
    const one: { parent?: unknown; children?: unknown[] } = {}
    one.parent = one
    expect(() => compileSerializer(type).write(one)).to.throw('Category.parent contains itself')
    expect(() => compileSerializer(listOf(type)).write([{ children: [{}, { parent: { children: [one] } }] }])).to.throw(
      'contains itself',
    )
    const shared = {}
    expect(write(type, { parent: shared, children: [shared, shared] })).to.equal('{"parent":{},"children":[{},{}]}')
  })

  it('may give itself as an object of another class', () => {
    const summary = objectOf('Summary', [{ property: 'id', type: number }])
    const todo = objectOf('Todo', [{ property: 'summary', type: summary }])
    class Row {
      id = 1
      get summary() {
        return this
      }
    }
    expect(write(todo, new Row())).to.equal('{"summary":{"id":1}}')
  })

  it('passes on what a getter throws', () => {
    const value = {
      get f(): string {
        throw new RangeError('mine')
      },
    }
    expect(() => compileSerializer(field(string)).write(value)).to.throw(RangeError, 'mine')
  })
})

describe('deep data', () => {
  it('is written three hundred levels down', () => {
    const node: ObjectPlan = plan('Node', [{ property: 'next', type: { kind: 'object', plan: () => node } }])
    let value: object = {}
    for (let depth = 0; depth < 300; depth++) value = { next: value, secret: 1 }
    const serializer = compileSerializer({ kind: 'object', plan: () => node })
    const text = '{"next":'.repeat(300) + '{}' + '}'.repeat(300)
    expect(serializer.write(value)).to.equal(text)
    expect(JSON.stringify(serializer.project(value))).to.equal(text)
  })
})

describe('the text of a serialiser', () => {
  it('shows one function for each class, and holds names as literals only', () => {
    const hostile = `"); throw new Error('run'); //\u2028\`\${1}`
    const tag = objectOf('Tag"); throw 1 //', [{ property: hostile, type: string }])
    const todo = objectOf('Todo', [
      { property: 'first', type: tag },
      { property: 'others', type: listOf(tag) },
      { property: 'id', type: number },
    ])
    const text = serializerText(todo)
    expect(text.match(/^function .*$/gm)).to.have.members([
      'function write(value) {',
      'function write_Todo(object, at) {',
      'function write_Tag_throw_1_(object, at) {',
      'function write_array_of_Todo_others(value) {',
    ])
    expect(text).to.contain('value = object.id')
    const value = { first: { [hostile]: 'x' }, others: [{ [hostile]: hostile }], id: 1 }
    expect(write(todo, value)).to.equal(JSON.stringify(value))
    expect(serializerText(string)).to.contain('typeof value')
  })

  it('is the same serialiser wherever a class, or a list of it, is declared', () => {
    const made = plan('Todo', [{ property: 'id', type: number }])
    const object = (): ValueType => ({ kind: 'object', plan: () => made })
    expect(compileSerializer(object())).to.equal(compileSerializer(object()))
    expect(compileSerializer(listOf(object()))).to.equal(compileSerializer(listOf(object())))
    expect(compileSerializer(object())).to.not.equal(compileSerializer(listOf(object())))
  })
})
