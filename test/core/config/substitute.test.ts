import { expect } from 'chai'
import fc from 'fast-check'

import { parseConfig, substitute } from './internals.js'

describe('substituting environment variables', () => {
  const problems: string[] = []
  const replace = (text: string, env: Record<string, string> = {}) => {
    problems.length = 0
    return substitute(text, env, ({ problem }) => problems.push(problem))
  }

  it('replaces several in one value', () => {
    expect(replace('${HOST}:${PORT:80}/${HOST}', { HOST: 'shop' })).to.equal('shop:80/shop')
  })

  it('takes the default when a variable is unset or empty; the default may be empty or hold colons', () => {
    expect(replace('${A:x}${B:http://c:1}${D:}', { A: '' })).to.equal('xhttp://c:1')
    expect(problems).to.deep.equal([])
  })

  it('keeps $${ as ${, and every other $', () => {
    expect(replace('$${A} $ $5 $$ $B {C}', { A: 'x', B: 'y' })).to.equal('${A} $ $5 $$ $B {C}')
  })

  it('does not look again at what a variable holds', () => {
    expect(replace('${A}', { A: '${B} $${C} $& $1' })).to.equal('${B} $${C} $& $1')
  })

  it('takes names that every object inherits as unset', () => {
    expect(replace('${constructor:a}${__proto__:b}')).to.equal('ab')
  })

  it('reports what is not well formed', () => {
    replace('${} ${A B} ${1} ${A:${B}} ${C')
    expect(problems).to.deep.equal([
      '"${}" does not name an environment variable',
      '"${A B}" does not name an environment variable',
      '"${1}" does not name an environment variable',
      'the default of "${A:${B}" holds another variable',
      '"${C" has no closing }',
    ])
  })

  it('leaves keys alone', async () => {
    const { config } = await parseConfig('services:\n  ${A}: { type: b }\n', 'shop.yaml', { env: { A: 'x' } })
    expect(Object.keys(config.services)).to.deep.equal(['${A}'])
  })

  it('delivers any text untouched, whatever YAML would make of it', async () => {
    const secret = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom(
        ': # {',
        '"\'\n',
        '${A}',
        '$${',
        '- a\n- b',
        'true',
        '0x10',
        '~',
        '&a *a',
        '!!int 3',
        '\t',
        '---\n',
      ),
    )
    await fc.assert(
      fc.asyncProperty(secret, secret, async (first, second) => {
        const text =
          'services:\n  db:\n    type: pg\n    url: ${FIRST}\n    both: "a${FIRST}b${SECOND}c"\n    list: [\'${SECOND}\']\n'
        const { config } = await parseConfig(text, 'shop.yaml', { env: { FIRST: first, SECOND: second } })
        expect(config.services.db!.config).to.deep.equal({
          url: first,
          both: `a${first}b${second}c`,
          list: [second],
        })
      }),
    )
  })
})
