import { isDeepStrictEqual } from 'node:util'

import fc from 'fast-check'

import {
  kinds,
  settled,
  wireOf,
  type ClassName,
  type Direction,
  type FieldVersion,
  type Holder,
  type Kind,
  type Version,
} from './version.js'

const field: fc.Arbitrary<FieldVersion> = fc.record({
  property: fc.constantFrom('a', 'b', 'c', 'd'),
  wire: fc.option(fc.constantFrom('v', 'w'), { nil: undefined, freq: 4 }),
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<Kind>('string', 'number', 'texts') },
    { weight: 4, arbitrary: fc.constantFrom(...kinds) },
  ),
  holder: fc.constantFrom<Holder>(undefined, undefined, undefined, 'array', 'set', 'map'),
  place: fc.constantFrom('body', 'body', 'body', 'query', 'header', 'cookie'),
  members: fc.nat(3),
  presence: fc.constantFrom('required', 'optional', 'default', 'undecided'),
  nullable: fc.boolean(),
  rules: fc.uniqueArray(fc.nat(40), { maxLength: 2 }),
  condition: fc.constantFrom('none', 'none', 'none', 'rule', 'field'),
})

/** Each holds the variants of the one before it, but for the last. */
const variants: readonly Version['variants'][] = [
  { x: 'inner' },
  { x: 'inner', y: 'other' },
  { y: 'other', x: 'inner', z: 'inner' },
  { x: 'other', y: 'inner' },
]
const by = fc.constantFrom('kind', 'type')
const version: fc.Arbitrary<Version> = fc.record({
  fields: fc.array(field, { minLength: 1, maxLength: 3 }),
  inner: fc.array(field, { minLength: 1, maxLength: 2 }),
  other: fc.array(field, { minLength: 1, maxLength: 2 }),
  by,
  variants: fc.constantFrom(...variants),
})

/** One step from a version to the next. */
type Step = (version: Version) => Version

/** Which list of fields, and which field of it: of the lists that the version makes use of. */
interface Place {
  readonly list: number
  readonly position: number
}
const place: fc.Arbitrary<Place> = fc.record({ list: fc.nat(5), position: fc.nat(5) })

function changeFields(
  version: Version,
  { list, position }: Place,
  change: (fields: FieldVersion[], at: number) => unknown,
): Version {
  const lists = usedLists(version)
  const name = lists[list % lists.length]!
  const fields = [...version[name]]
  change(fields, position % fields.length)
  return fields.length === 0 ? version : { ...version, [name]: fields }
}

/** The fields themselves twice, since most changes are of theirs. */
function usedLists({ fields, inner, other, variants }: Version): readonly ClassName[] {
  const used = new Set<ClassName>()
  const use = (list: readonly FieldVersion[]): void => {
    for (const { kind } of list) {
      const names = kind === 'union' ? Object.values(variants) : kind === 'object' ? ['inner'] : [kind]
      for (const name of names) {
        if ((name !== 'inner' && name !== 'other') || used.has(name)) continue
        used.add(name)
        use(name === 'inner' ? inner : other)
      }
    }
  }
  use(fields)
  return ['fields', 'fields', ...used]
}

type Widening = (one: FieldVersion, pick: number) => FieldVersion | undefined

/** Ways to let a field hold more than it did, or nearly so; undefined where there is nothing to do. */
const widenings: readonly Widening[] = [
  (one) => (one.nullable ? undefined : { ...one, nullable: true }),
  (one) => (one.presence === 'optional' ? undefined : { ...one, presence: 'optional' }),
  (one) => (one.presence === 'required' ? { ...one, presence: 'undecided' } : undefined),
  (one) => (one.kind in freer ? { ...one, kind: freer[one.kind]! } : undefined),
  (one) => (one.place === 'body' || one.holder ? undefined : { ...one, kind: 'string', rules: [] }),
  (one) => (one.members < 2 ? { ...one, members: one.members + 1 } : undefined),
  (one) => (one.holder === 'array' ? { ...one, holder: 'set' } : undefined),
  (one) => (one.holder === 'set' ? { ...one, holder: 'array' } : undefined),
  (one, pick) => ({ ...one, property: 'abcd'[pick % 4]!, wire: wireOf(one) }),
]
const wideningsOfRules: readonly Widening[] = [
  (one, pick) => withRules(one, (rules, at) => rules.splice(at, 1), pick),
  // Of rules beside each other one often allows more.
  (one, pick) => withRules(one, (rules, at) => (rules[at] = rules[at]! + 1), pick),
  (one, pick) => withRules(one, (rules, at) => (rules[at] = Math.max(0, rules[at]! - 1)), pick),
  (one) => (one.condition === 'none' ? { ...one, condition: 'rule' } : undefined),
  (one) => (one.condition === 'field' ? undefined : { ...one, condition: 'field' }),
]
const freer: Readonly<Partial<Record<Kind, Kind>>> = {
  ...({ texts: 'string', levels: 'number', duration: 'number', size: 'number' } as const),
  ...({ mixed: 'any', boolean: 'any', object: 'any' } as const),
}

function withRules(
  one: FieldVersion,
  change: (rules: number[], at: number) => unknown,
  pick: number,
): FieldVersion | undefined {
  if (one.rules.length === 0) return undefined
  const rules = [...one.rules]
  change(rules, pick % rules.length)
  return { ...one, rules }
}

/** A change of one list of fields, at one of them. */
function edit<T>(
  arbitrary: fc.Arbitrary<T>,
  change: (fields: FieldVersion[], at: number, given: T) => unknown,
): fc.Arbitrary<Step> {
  return fc.tuple(place, arbitrary).map(
    ([where, given]): Step =>
      (version) =>
        changeFields(version, where, (fields, at) => change(fields, at, given)),
  )
}

const remove = edit(fc.constant(undefined), (fields, at) => fields.splice(at, 1))
const add = (added: fc.Arbitrary<FieldVersion>) => edit(added, (fields, _at, one) => fields.push(one))
const vary: Step = (version) => {
  const next = variants[variants.indexOf(version.variants) + 1]
  return next ? { ...version, variants: next } : version
}

/** Each lets a version hold more: an input of it then takes more, and an output of it says less. */
function wideningStep(direction: Direction): fc.Arbitrary<Step> {
  const isInput = direction === 'input'
  const ways = isInput ? [...widenings, ...wideningsOfRules, ...wideningsOfRules] : widenings
  const widen = edit(fc.tuple(fc.nat(100), fc.nat(7)), (fields, at, [way, pick]) => {
    const done = ways.map((one) => one(fields[at]!, pick)).filter((one) => one !== undefined)
    fields[at] = done[way % done.length]!
  })
  const optional = field.map((one): FieldVersion => ({ ...one, presence: 'optional' }))
  return fc.oneof(
    { weight: 8, arbitrary: widen },
    { weight: 2, arbitrary: isInput ? add(optional) : remove },
    { weight: 1, arbitrary: fc.constant(vary) },
  )
}

/** One or two properties of a field. */
const patch: fc.Arbitrary<Partial<FieldVersion>> = field.chain((whole) =>
  fc.subarray(Object.keys(whole) as (keyof FieldVersion)[], { minLength: 1, maxLength: 2 }).map((keys) => {
    return Object.fromEntries(keys.map((key) => [key, whole[key]]))
  }),
)

/** Whatever somebody may do to a class. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: edit(patch, (fields, at, given) => (fields[at] = { ...fields[at]!, ...given })) },
  { weight: 1, arbitrary: remove },
  { weight: 2, arbitrary: add(field) },
  { weight: 1, arbitrary: edit(fc.constant(undefined), (fields) => fields.reverse()) },
  {
    weight: 1,
    arbitrary: fc
      .record({ by, variants: fc.constantFrom(...variants) })
      .map((change): Step => (version) => ({ ...version, ...change })),
  },
)

/** Two versions that both start and differ, and of which a provider may often have the second where a consumer has the first. */
export function changes(direction: Direction): fc.Arbitrary<readonly [consumer: Version, provider: Version]> {
  const widening = fc.array(wideningStep(direction), { minLength: 1, maxLength: 3 })
  const any = fc.array(anyStep, { minLength: 1, maxLength: 2 })
  return fc
    .record({
      version,
      widening: fc.oneof(
        { weight: 3, arbitrary: widening },
        { weight: 1, arbitrary: fc.constant<readonly Step[]>([]) },
      ),
      any: fc.oneof({ weight: 3, arbitrary: fc.constant<readonly Step[]>([]) }, { weight: 1, arbitrary: any }),
    })
    .map(({ version, widening, any }) => {
      const apply = (whole: Version, steps: readonly Step[]) => steps.reduce((last, step) => step(last), whole)
      const wide = apply(version, widening)
      const [was, is] = direction === 'input' ? [version, wide] : [wide, version]
      return [settled(was, direction), settled(apply(is, any), direction)] as const
    })
    .filter(([was, is]) => !isDeepStrictEqual(was, is))
}
