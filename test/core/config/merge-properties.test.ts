import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import fc from 'fast-check'

import type * as ConfigNodes from '../../../packages/core/dist/config/tree/config-node.js'
import type * as JoinTrees from '../../../packages/core/dist/config/tree/join-trees.js'
import type * as LayOver from '../../../packages/core/dist/config/tree/lay-over.js'
import { createAppFolder } from '../../helpers/app-folder.js'
import { load } from '../../helpers/core-internals.js'
import { loadConfig } from './internals.js'

/** Merging is what every door leads through; here it is called as such, since a typed configuration takes no arbitrary values. */
const { fromObject, toPlain } = await load<typeof ConfigNodes>('config/tree/config-node.js')
const { layAllOver, layOver } = await load<typeof LayOver>('config/tree/lay-over.js')
const { joinTrees } = await load<typeof JoinTrees>('config/tree/join-trees.js')

type Json = Readonly<Record<string, unknown>>
type AppItem = Json & { readonly name: string }

const origin = { key: 'here', value: 'here' }
const merge = (...layers: readonly Json[]) => toPlain(layers.map((layer) => fromObject(layer, origin)).reduce(layOver))

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the documentation says of layers, in as few words as possible. */
function oracle(base: Json, upper: Json, isRoot = true): Json {
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(upper)) {
    if (!Object.hasOwn(result, key)) result[key] = value
    else if (value === null) delete result[key]
    else if (isMap(result[key]) && isMap(value)) result[key] = oracle(result[key], value, false)
    else if (isRoot && key === 'apps') result[key] = apps(result[key] as AppItem[], value as AppItem[])
    else result[key] = value
  }
  return result
}

function apps(base: readonly AppItem[], upper: readonly AppItem[]): AppItem[] {
  const over = (item: AppItem) => upper.find(({ name }) => name === item.name) ?? { name: item.name }
  const isNew = (item: AppItem) => !base.some(({ name }) => name === item.name)
  return [...base.map((item) => oracle(item, over(item), false) as AppItem), ...upper.filter(isNew)]
}

const key = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString')
const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.string())

/** @param withNull  removals; their order decides, so that they cannot be grouped as one likes */
function layers(withNull: boolean): fc.Arbitrary<Json> {
  const leaf = withNull ? fc.oneof(scalar, fc.constant(null)) : scalar
  const value = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(scalar, { maxLength: 3 }), tie('map')),
    map: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  }))
  const item = fc
    .tuple(fc.constantFrom('api', 'admin', 'x'), fc.dictionary(key, value.value, { maxKeys: 3, noNullPrototype: true }))
    .map(([name, rest]) => ({ name, ...rest }))
  return fc
    .tuple(
      fc.dictionary(key, value.value, { maxKeys: 4, noNullPrototype: true }),
      fc.option(fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 3 }), { nil: undefined }),
    )
    .map(([rest, list]) => (list ? { ...rest, apps: list } : rest))
}

describe('layers that are laid over one another', () => {
  it('give what a plain description of the rules gives', () => {
    const any = fc.array(layers(true), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(any, ([first, ...upper]) => {
        expect(merge(first!, ...upper)).to.deep.equal(upper.reduce((below, layer) => oracle(below, layer), first!))
      }),
    )
  })

  it('may be grouped in any way as long as nothing is removed', () => {
    // A scalar over a map hides it from what comes above: keep the kinds of a key apart, as a checked configuration does.
    const typed = layers(false).map((layer) => normalise(layer))
    fc.assert(
      fc.property(typed, typed, typed, (one, two, three) => {
        const left = merge(merge(one, two) as Json, three)
        expect(merge(one, merge(two, three) as Json)).to.deep.equal(left)
      }),
    )
  })

  it('give the same all at once as one by one', () => {
    fc.assert(
      fc.property(layers(true), fc.array(layers(true), { maxLength: 4 }), (lowest, uppers) => {
        const nodes = uppers.map((upper) => fromObject(upper, origin))
        expect(toPlain(layAllOver(fromObject(lowest, origin), nodes))).to.deep.equal(merge(lowest, ...uppers))
      }),
    )
  })

  it('leave what they were made of as it was', () => {
    fc.assert(
      fc.property(fc.array(layers(true), { minLength: 2, maxLength: 4 }), (all) => {
        const [lowest, ...uppers] = all.map((layer) => fromObject(layer, origin))
        layAllOver(lowest!, uppers)
        expect([lowest!, ...uppers].map(toPlain)).to.deep.equal(all)
      }),
    )
  })
})

/** The same keys always hold the same kind of value: a, b maps; the others scalars. */
function normalise(layer: Json): Json {
  const entries = Object.entries(layer).filter(([name, value]) => {
    if (name === 'apps' || name === 'name') return true
    return name === 'a' || name === 'b' ? isMap(value) : !isMap(value)
  })
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (name === 'apps') return [name, (value as Json[]).map(normalise)]
      return [name, isMap(value) ? normalise(value) : value]
    }),
  )
}

describe('files of one layer', () => {
  const joined = (...trees: readonly Json[]) => {
    const problems: Error[] = []
    const nodes = trees.map((tree) => fromObject(tree, origin))
    return { values: toPlain(joinTrees(nodes, problems as never)), problems }
  }

  it('with keys of their own join to the same in any order', () => {
    // Reading a file refuses __proto__; an assignment here would not make a key of it.
    const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__')
    const parts = fc.dictionary(name, scalar, { maxKeys: 8, noNullPrototype: true })
    fc.assert(
      fc.property(parts, fc.nat(), (all, seed) => {
        const split = [{}, {}, {}] as Record<string, unknown>[]
        for (const [index, [name, value]] of Object.entries(all).entries()) {
          const part = (index + seed) % 3
          // Not by assignment: one of the names is __proto__.
          split[part] = { ...split[part], [name]: value }
        }
        expect(joined(...split)).to.deep.equal({ values: all, problems: [] })
        expect(joined(...split.reverse())).to.deep.equal({ values: all, problems: [] })
      }),
    )
  })

  it('are left as they were', () => {
    fc.assert(
      fc.property(fc.array(layers(false), { minLength: 2, maxLength: 4 }), (all) => {
        const nodes = all.map((tree) => fromObject(tree, origin))
        joinTrees(nodes, [])
        expect(nodes.map(toPlain)).to.deep.equal(all)
      }),
    )
  })

  it('that differ in one value have exactly that mistake', () => {
    fc.assert(
      fc.property(scalar, scalar, (one, two) => {
        const { problems } = joined({ m: { x: one, y: 1 } }, { m: { x: two, y: 1 } })
        expect(problems).to.have.length(Object.is(one, two) || one === two ? 0 : 1)
      }),
    )
  })
})

describe('any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.constantFrom(': # {', '"\'', '${A}', '$${', '- a\n- b', 'true', '0x10', '~', '&a *a', '!!int 3', '\t', '---\n'),
  )
  const yaml = 'services: { a: { type: t, x: "${TEXT}", y: "<${TEXT}>" } }\n'

  it('arrives unchanged from a LOKSTRA__ variable and --set, unless it starts as a list or map does', async () => {
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, [])
    const own = text.filter((value) => !/^\s*[[{]/.test(value))
    await fc.assert(
      fc.asyncProperty(text, own, own, async (variable, override, option) => {
        const env = { TEXT: variable, LOKSTRA__SERVICES__A__Z: override }
        const { config } = await loadConfig(folder.path, { env, set: [`services.a.w=${option}`] })
        expect(config.services.a!.config).to.deep.equal({ x: variable, y: `<${variable}>`, z: override, w: option })
      }),
      { numRuns: 60 },
    )
  })

  it('arrives unchanged from a .env file, in quotes that it does not hold', async () => {
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, [])
    // A file knows no escapes but \n in double quotes, and reads line ends as \n.
    const quotable = text.filter((value) => !/['\r\0]/.test(value) && isWellFormed(value))
    await fc.assert(
      fc.asyncProperty(quotable, async (value) => {
        await writeFile(join(folder.path, '.env'), `TEXT='${value}'\n`)
        const { config } = await loadConfig(folder.path, { env: {} })
        expect(config.services.a!.config).to.deep.equal({ x: value, y: `<${value}>` })
      }),
      { numRuns: 60 },
    )
  })
})

/** Half a surrogate pair cannot be written as UTF-8. */
function isWellFormed(value: string): boolean {
  return Buffer.from(value).toString() === value
}
