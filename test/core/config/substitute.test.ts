import { expect } from 'chai'
import fc from 'fast-check'

import { parseConfig } from './internals.js'
import { reportsOf } from './reports.js'

describe('substituting environment variables', () => {
  /** What a text becomes as the configuration of a service. */
  async function replace(text: string, env: Record<string, string> = {}): Promise<unknown> {
    const yaml = `services:\n  a: { type: b, value: ${JSON.stringify(text)} }\n`
    const { config } = await parseConfig(yaml, 'shop.yaml', { env })
    return config.services.a!.config.value
  }

  it('replaces several in one value', async () => {
    expect(await replace('${HOST}:${PORT:80}/${HOST}', { HOST: 'shop' })).to.equal('shop:80/shop')
  })

  it('takes the default when a variable is unset or empty; the default may be empty or hold colons', async () => {
    expect(await replace('${A:x}${B:http://c:1}${D:}', { A: '' })).to.equal('xhttp://c:1')
  })

  it('keeps $${ as ${, and every other $', async () => {
    expect(await replace('$${A} $ $5 $$ $B {C}', { A: 'x', B: 'y' })).to.equal('${A} $ $5 $$ $B {C}')
  })

  it('does not look again at what a variable holds', async () => {
    expect(await replace('${A}', { A: '${B} $${C} $& $1' })).to.equal('${B} $${C} $& $1')
  })

  it('takes names that every object inherits as unset', async () => {
    expect(await replace('${constructor:a}${__proto__:b}')).to.equal('ab')
  })

  for (const [text, problem] of [
    ['${}', '"${}" does not name an environment variable'],
    ['${A B}', '"${A B}" does not name an environment variable'],
    ['${1}', '"${1}" does not name an environment variable'],
    ['${A:${B}}', 'the default of "${A:${B}" holds another variable'],
    ['${A:pg://me:hunter2@${B}/c}', 'the default of "${A:pg://me:***@${B}" holds another variable'],
    ['a ${C', '"${C" has no closing }'],
    ['${C:pg://me:hunter2@db/c', '"${C:pg://me:***@db/c" has no closing }'],
    ['${config:}', '"${config:}" does not name a value of the configuration'],
    ['${config:a..b}', '"${config:a..b}" does not name a value of the configuration'],
    ['${secret:vault}', '"${secret:vault}" does not name a secret'],
  ] as const) {
    it(`reports what is not well formed: ${text}`, async () => {
      expect(await reportsOf(() => replace(text))).to.deep.equal([
        `E_CONFIG_VARIABLE 2:24 services.a.value: ${problem}`,
      ])
    })
  }

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
