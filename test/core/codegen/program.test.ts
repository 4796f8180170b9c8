import { expect } from 'chai'
import fc from 'fast-check'

import { Program, assignment, canGenerateCode, literal, member, seedOf } from '../validation/emit/internals.js'

const reserved =
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally ' +
  'for function if implements import in instanceof interface let new null package private protected public return static super ' +
  'switch this throw true try typeof undefined var void while with yield'

const hostile = [
  ...reserved.split(' '),
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'Object',
    'Array',
    'JSON',
    'globalThis',
    'NaN',
    'process',
  ],
  ...[
    '',
    ' ',
    '1',
    '1a',
    '$',
    '😀',
    'ä',
    'a b',
    'a-b',
    'a.b',
    '\ud800',
    '\u0000',
    '\u200d',
    'x'.repeat(10_000),
    '😀'.repeat(10_000),
  ],
  ...[
    '*/',
    '//',
    '/*',
    '</script>',
    '<!--',
    '`',
    '${1}',
    "'",
    '"',
    '\\',
    '\\u0022',
    '\n',
    '\r',
    '\u2028',
    '\u2029',
    "'+globalThis+'",
  ],
  ...[
    '"]; globalThis.wasRun = true; ["',
    '); globalThis.wasRun = true; (',
    '}); globalThis.wasRun = true; ({',
    'a\u2028globalThis.wasRun = true',
  ],
]

const text = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom(...hostile.filter((one) => one.length < 100)), { maxLength: 4 })
    .map((parts) => parts.join('')),
)
const scalar = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity),
)

/** The value of an expression, evaluated as a part of a compiled function. */
function evaluate(program: InstanceType<typeof Program>, expression: string): unknown {
  const name = program.declare('run')
  program.define(name, '', [`const holder = {}`, `return [${expression}]`])
  return program.compile<() => unknown[]>(name)()[0]
}

function wasRun(): boolean {
  return 'wasRun' in globalThis
}

describe('a program of emitted functions', () => {
  const seed = seedOf()

  it('gives literals back as they were, whatever they hold', () => {
    const property = fc.property(scalar, (value) => {
      expect(Object.is(evaluate(new Program(), literal(value)), value)).to.equal(true)
      expect(literal(value)).to.match(/^[^\n\r\u2028\u2029]*$/)
      expect(literal(value).toLowerCase()).to.not.contain('</')
    })
    fc.assert(property, { seed, numRuns: 2_000, examples: hostile.map((value) => [value]) })
    expect(wasRun()).to.equal(false)
  })

  it('gives constants back by reference, under names of ASCII letters, digits and underscores that hide nothing', () => {
    const value = fc.oneof(
      scalar,
      fc.object(),
      fc.constantFrom(Symbol('s'), () => 1, 7n),
    )
    const property = fc.property(fc.array(fc.tuple(value, text), { maxLength: 20 }), (constants) => {
      const program = new Program()
      const names = constants.map(([constant, hint]) => program.constant(constant, hint))
      for (const name of names) {
        expect(name).to.match(/^[A-Za-z_]\w{0,65}$/)
        expect(name in globalThis).to.equal(false)
      }
      const values = evaluate(program, `[${names.join(', ')}]`) as unknown[]
      for (const [index, [constant]] of constants.entries()) expect(Object.is(values[index], constant)).to.equal(true)
    })
    fc.assert(property, { seed, numRuns: 1_000, examples: [[hostile.map((hint): [unknown, string] => [{}, hint])]] })
    expect(wasRun()).to.equal(false)
  })

  it('names the same value once and every other value differently', () => {
    const program = new Program()
    const shared = {}
    expect(program.constant(shared, 'a')).to.equal(program.constant(shared, 'b'))
    expect(program.constant(NaN, 'n')).to.equal(program.constant(NaN, 'n'))
    const names = [program.constant(0, 'a'), program.constant(-0, 'a'), program.constant({}, 'a'), program.declare('a')]
    expect(names).to.deep.equal(['a_2', 'a_3', 'a_4', 'a_5'])
    expect(program.declare('a_2')).to.equal('a_2_2')
  })

  it('names thousands of like values without searching', () => {
    const program = new Program()
    const startedAt = performance.now()
    for (let count = 0; count < 20_000; count++) program.constant({}, 'args')
    expect(performance.now() - startedAt).to.be.below(1_000)
  })

  it('declares functions under any name and lets them call one another', () => {
    for (const hint of hostile) {
      const program = new Program()
      const [even, odd] = [program.declare(hint), program.declare(hint)]
      const count = program.declare(hint)
      program.define(even, count, [`return ${count} === 0 || ${odd}(${count} - 1)`])
      program.define(odd, count, [`return ${count} !== 0 && ${even}(${count} - 1)`])
      expect(program.compile<(count: number) => boolean>(even)(6)).to.equal(true)
    }
  })

  it('runs in strict code', () => {
    const program = new Program()
    const name = program.declare('self')
    program.define(name, '', ['return this'])
    expect(program.compile<() => unknown>(name)()).to.equal(undefined)
  })

  it('reads and writes members of any name, __proto__ as a member like others', () => {
    const property = fc.property(text, fc.jsonValue(), (name, value) => {
      const program = new Program()
      const [write, target, source] = [program.declare('write'), program.declare('target'), program.declare('source')]
      program.define(write, `${target}, ${source}`, [
        assignment(target, name, `${source}.value`),
        `return ${member(target, name)}`,
      ])
      const object = {}
      const read = program.compile<(target: object, source: object) => unknown>(write)(object, {
        value,
      })
      expect(Object.getPrototypeOf(object)).to.equal(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(object, name)).to.deep.equal({
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
      expect(read).to.equal(value)
    })
    fc.assert(property, { seed, numRuns: 1_000, examples: hostile.map((name) => [name, { admin: true }]) })
    expect(wasRun()).to.equal(false)
    expect('admin' in {}).to.equal(false)
  })

  it('shows its text, indented, without changing a literal', () => {
    const program = new Program()
    program.define(program.declare('first'), 'a', ['if (a) {\n  return 1\n}', `return ${literal('x\u2028y')}`])
    program.define(program.declare('second'), '', ['return first(0)'])
    expect(program.text()).to.equal(
      'function first(a) {\n  if (a) {\n    return 1\n  }\n  return "x\\u2028y"\n}\n\nfunction second() {\n  return first(0)\n}',
    )
    expect(program.compile<() => string>('second')()).to.equal('x\u2028y')
  })

  it('knows that this process allows code to be generated', () => {
    expect(canGenerateCode).to.equal(true)
  })
})
