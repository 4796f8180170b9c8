import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createServer, describeBootFailure } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'
import { stringify } from 'yaml'

import { createAppFolder, type AppFolder } from '../../helpers/app-folder.js'

/** Looks like nothing that stands in a report by itself; the rest of it is whatever YAML allows. */
const secret = fc
  .tuple(
    fc.constantFrom('', '"', "'", '#', ': ', '- ', '{', '}', '[a, ', ']', ', ', '\\', '${X}', '&a ', '* ', '|', '%'),
    fc.string({ minLength: 0, maxLength: 20 }),
    fc.constantFrom('', ' ', '\n', '\n\n  ', '"', '}', ', b: c', ' # no comment', ': '),
  )
  .map(([before, inner, after]) => `${before}qX7w${inner.replaceAll(/\0|\$\{/g, '')}Zk9v${after}qX7w`)

const secretKey = fc.constantFrom(
  'password',
  'dbPassword',
  'apiKey',
  'token',
  'secret',
  'clientSecret',
  'passphrase',
  'authorization',
)
const plainKey = fc.constantFrom('url', 'size', 'list', 'deep')

type Value = string | number | Value[] | { [key: string]: Value }

/** Values below a key that looks secret. */
const hidden: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: secret },
  fc.array(secret, { minLength: 1, maxLength: 3 }),
  fc.dictionary(plainKey, secret, { minKeys: 1, maxKeys: 3 }),
)

const settings: fc.Arbitrary<Value> = fc.letrec<{ node: Value }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.dictionary(secretKey, hidden, { minKeys: 1, maxKeys: 2 }) as fc.Arbitrary<Value>,
    fc.dictionary(plainKey, tie('node'), { minKeys: 1, maxKeys: 3 }) as fc.Arbitrary<Value>,
    fc.array(tie('node'), { minLength: 1, maxLength: 2 }),
  ),
})).node

const style = fc.record({
  collectionStyle: fc.constantFrom('block' as const, 'flow' as const, 'any' as const),
  lineWidth: fc.constantFrom(0, 20, 40, 80),
  defaultStringType: fc.constantFrom(
    'PLAIN' as const,
    'QUOTE_SINGLE' as const,
    'QUOTE_DOUBLE' as const,
    'BLOCK_LITERAL' as const,
  ),
  defaultKeyType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const),
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
})

describe('the lines that a report shows', () => {
  let folder: AppFolder
  before(async () => {
    folder = await createAppFolder({})
  })
  after(() => folder[Symbol.asyncDispose]())

  /** What is said of a file in which one key is unknown. */
  async function reportOf(text: string): Promise<string> {
    const file = join(folder.path, 'lokstra.yaml')
    writeFileSync(file, text)
    const failure: unknown = await createServer({ file, env: { X: 'x' } })
      .check()
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    return describeBootFailure(failure)
  }

  it('hold no value of a key that looks secret, in block and in flow style, on one line and on many', async () => {
    await fc.assert(
      fc.asyncProperty(settings, style, async (value, options) => {
        const text = stringify({ nam: 1, services: { a: value }, mor: 2 }, options)
        const report = await reportOf(text)
        expect(report).to.contain('lokstra.yaml')
        expect(report, text).not.to.match(/qX7w|Zk9v/)
      }),
      { numRuns: 400 },
    )
  }).timeout(60_000)

  it('hold none that looks like a placeholder and is none', async () => {
    const report = await reportOf(
      'services: { a: { password: "qX7w${Zk9v", deep: { token: ["${Zk9v qX7w}", "${secret:Zk9v}"] } } }\n',
    )
    expect(report).to.contain('services.a.password: a placeholder has no closing }')
    expect(report).not.to.match(/qX7w|Zk9v/)
  })

  it('hold none of them either where the file is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(settings, style, fc.double({ min: 0, max: 1, noNaN: true }), async (value, options, part) => {
        const text = stringify({ nam: 1, services: { a: value } }, options)
        const cut = text.slice(0, Math.ceil(text.length * part))
        expect(await reportOf(cut), cut).not.to.match(/qX7w|Zk9v/)
      }),
      { numRuns: 400 },
    )
  }).timeout(60_000)
})
