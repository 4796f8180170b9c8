import { isDeepStrictEqual, inspect } from 'node:util'

import { HttpError, type AppScope, type Class, type Context, type LokstraError } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import type { UseInput } from '../../../packages/core/dist/binding/compile-binder.js'
import type { BodyListener } from '../../../packages/core/dist/binding/read-body.js'
import { isolate } from '../validation/isolate.js'
import { bindWith, compiledObject, compileInputBinder, readInputPlan, readObjectPlan, Refusals } from './internals.js'
import { asked, declareDto, dtoDesign, rawFor } from './random-dto.js'

type Engine = 'compiled' | 'interpreted'

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
const wanted = Number(process.env.BINDING_CASES ?? 50_000)
const rawsPerClass = 12

interface Outcome {
  readonly value?: unknown
  readonly keys?: string
  readonly fields?: readonly unknown[]
  readonly thrown?: string
  readonly asked: readonly string[]
}

/** What binding gives, whichever way it says so. */
async function observe(bind: () => unknown): Promise<Outcome> {
  asked.length = 0
  const seen = (rest: Omit<Outcome, 'asked'>): Outcome => ({ ...rest, asked: [...asked] })
  try {
    const bound = await bind()
    return seen({ value: bound, keys: keysOf(bound) })
  } catch (error) {
    return seen(HttpError.is(error) && error.fields ? { fields: error.fields } : { thrown: String(error) })
  }
}

/** Classes and own keys in their order, at every depth. */
function keysOf(value: unknown): string {
  if (value instanceof Map)
    return `Map(${[...(value as Map<string, unknown>)].map(([key, item]) => `${key}:${keysOf(item)}`).join()})`
  if (Array.isArray(value) || value instanceof Set)
    return `${value.constructor.name}(${[...(value as Iterable<unknown>)].map(keysOf).join()})`
  if (typeof value !== 'object' || value === null || value instanceof Date) return ''
  const prototype = Object.getPrototypeOf(value) as { constructor?: Class } | null
  const keys = Object.keys(value).map((key) => `${key}:${keysOf(Object.getOwnPropertyDescriptor(value, key)!.value)}`)
  return `${prototype?.constructor?.name ?? ''}{${keys.join()}}`
}

function difference(expected: Outcome, actual: Outcome): string | undefined {
  return isDeepStrictEqual(expected, actual)
    ? undefined
    : `compiled\n${inspect(actual, { depth: 9 })}\ninterpreted\n${inspect(expected, { depth: 9 })}`
}

/** Calls back until there were enough cases. */
async function check<T>(arbitrary: fc.Arbitrary<T>, run: (value: T) => Promise<number>): Promise<number> {
  let cases = 0
  const property = fc.asyncProperty(arbitrary, async (value) => {
    if (cases >= wanted / 2) return
    const restore = isolate()
    try {
      cases += await run(value)
    } finally {
      restore()
    }
  })
  await fc.assert(property, { seed, numRuns: wanted / 10 })
  return cases
}

const modes = [
  { text: 'strict', unknown: 'drop' },
  { text: 'strict', unknown: 'reject' },
  { text: 'convert', unknown: 'drop' },
  { text: 'convert', unknown: 'reject' },
] as const

describe(`the two engines of binding agree (seed ${seed})`, () => {
  it('on plain data', async () => {
    const counts = { accepted: 0, byCode: 0, refused: 0, thrown: 0 }
    const designs = dtoDesign.chain((design) =>
      fc.tuple(
        fc.constant(design),
        fc.array(rawFor(design, design.fields), { minLength: rawsPerClass, maxLength: rawsPerClass }),
      ),
    )
    const cases = await check(designs, async ([design, raws]) => {
      const Dto = declareDto(design, false)
      const problems: LokstraError[] = []
      const plan = readObjectPlan(Dto, problems)
      if (problems.length > 0) return 0
      for (const mode of modes) compiledObject(plan, { ...mode, isForm: false }).compile()
      for (const raw of raws) {
        for (const mode of modes) {
          const expected = await observe(() => bindWith('interpreted', Dto, raw, mode))
          const actual = await observe(() => bindWith('compiled', Dto, raw, mode))
          const found = difference(expected, actual)
          if (found !== undefined) {
            throw new Error(
              `${inspect(raw, { depth: 9 })} ${JSON.stringify(mode)}\n${found}\n${compiledObject(plan, { ...mode, isForm: false }).text()}`,
            )
          }
          if (expected.fields) counts.refused++
          else if (expected.thrown) counts.thrown++
          else {
            counts.accepted++
            if (compiledObject(plan, { ...mode, isForm: false }).bind(raw, new Refusals())) counts.byCode++
          }
        }
      }
      return raws.length * modes.length
    })
    console.log(`      ${JSON.stringify(counts)}`)
    expect(cases).to.be.at.least(wanted / 2)
    expect(counts.accepted).to.be.above(cases / 20)
    expect(counts.refused).to.be.above(cases / 10)
    // What the interpreter accepts, emitted code accepts but for rare exceptions.
    expect(counts.byCode).to.be.above(counts.accepted * 0.9)
  }).timeout(300_000)

  it('on requests', async () => {
    const counts = { accepted: 0, refused: 0, thrown: 0 }
    const requests = dtoDesign.chain((design) =>
      fc.tuple(
        fc.constant(design),
        fc.array(
          fc.tuple(rawFor(design, design.fields), fc.constantFrom('json', 'json', 'form', 'none'), fc.boolean()),
          {
            minLength: rawsPerClass,
            maxLength: rawsPerClass,
          },
        ),
      ),
    )
    const cases = await check(requests, async ([design, raws]) => {
      const Dto = declareDto(design, true)
      const problems: LokstraError[] = []
      const plan = readInputPlan(Dto, { verb: 'POST', path: '/', pathParameters: [], where: 'here' }, problems)
      if (problems.length > 0) return 0
      const binders = (['drop', 'reject'] as const).map((unknown) => ({
        interpreted: compileInputBinder(plan, unknown, boundInput, 'interpreted'),
        compiled: compileInputBinder(plan, unknown, boundInput, 'compiled'),
      }))
      // What is bound first is interpreted.
      for (const how of ['json', 'form', 'none'])
        for (const { compiled } of binders) await observe(() => compiled(contextOf({}, how)))
      for (const [raw, how, rejects] of raws) {
        const run = (engine: Engine) => observe(() => binders[rejects ? 1 : 0]![engine](contextOf(raw, how)))
        const expected = await run('interpreted')
        const found = difference(expected, await run('compiled'))
        if (found !== undefined) throw new Error(`${how} ${inspect(raw, { depth: 9 })}\n${found}`)
        counts[expected.fields ? 'refused' : expected.thrown ? 'thrown' : 'accepted']++
      }
      return raws.length
    })
    console.log(`      ${JSON.stringify(counts)}`)
    expect(cases).to.be.at.least(wanted / 2)
    expect(counts.accepted).to.be.above(cases / 20)
    expect(counts.refused).to.be.above(cases / 10)
  }).timeout(300_000)
})

const boundInput: UseInput = (_, input) => input

/** A request that says the same in every source; what is no text is left out where only text can be. */
function contextOf(raw: unknown, how: string): Context {
  const entries = typeof raw === 'object' && raw !== null ? Object.entries(raw) : []
  const texts: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      texts[name] = String(value)
    else if (Array.isArray(value)) texts[name] = value.map(String.bind(undefined)).join()
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value))
        texts[`${name}[${key}]`] = typeof inner === 'symbol' ? '' : String(inner)
  }
  const json = JSON.stringify(raw, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)) as
    string | undefined
  const body = how === 'json' ? (json ?? '') : how === 'form' ? new URLSearchParams(texts).toString() : ''
  const headers: Record<string, string> = Object.assign(Object.create(null), texts) as Record<string, string>
  for (const name of Object.keys(headers)) headers[name.toLowerCase()] = headers[name]!
  if (how !== 'none') headers['content-length'] = String(body.length)
  headers['content-type'] = how === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
  return {
    req: { headers },
    headers,
    query: Object.assign(Object.create(null), texts) as Record<string, string>,
    cookies: texts,
    params: {},
    app: { limits: { bodyBytes: 1e6, depth: 32, keys: 100, items: 100 } } as AppScope,
    readBody: (listener: BodyListener) => listener.bodyRead(Buffer.from(body)),
  } as unknown as Context
}
