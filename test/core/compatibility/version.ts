import { poolOf } from './version-rules.js'

export const kinds = [
  ...(['string', 'number', 'boolean', 'bigint', 'date', 'duration', 'size'] as const),
  ...(['texts', 'levels', 'mixed', 'any', 'object', 'other', 'union'] as const),
] as const
/** `texts`, `levels` and `mixed` are enums; `object` and `other` are the two nested classes, and `union` is one of them. */
export type Kind = (typeof kinds)[number]
export type Holder = 'array' | 'set' | 'map' | undefined

/** One field of one version. */
export interface FieldVersion {
  readonly property: string
  readonly wire: string | undefined
  readonly kind: Kind
  readonly holder: Holder
  readonly place: 'body' | 'query' | 'header' | 'cookie'
  /** Of an enum. */
  readonly members: number
  readonly presence: 'required' | 'optional' | 'default' | 'undecided'
  readonly nullable: boolean
  /** Indices of {@link poolOf}. */
  readonly rules: readonly number[]
  /** The rules hold on a condition: each by itself, or all of them. */
  readonly condition: 'none' | 'rule' | 'field'
}

/** The classes of one operation, as one version of the code declares them. */
export interface Version {
  readonly fields: readonly FieldVersion[]
  readonly inner: readonly FieldVersion[]
  readonly other: readonly FieldVersion[]
  readonly by: string
  /** Which classes there are for names of variants. */
  readonly variants: Readonly<Record<string, 'inner' | 'other'>>
}

/** Which of a version's lists of fields. */
export type ClassName = 'fields' | 'inner' | 'other'
export type Direction = 'input' | 'output'

const members: Readonly<Partial<Record<Kind, readonly (readonly (string | number)[])[]>>> = {
  texts: [['a'], ['a', 'ab'], ['a', 'ab', 'abc'], ['', 'ab']],
  levels: [[1], [1, 2], [1, 2, 5], [0, 2]],
  mixed: [
    ['a', 1],
    ['a', 1, 2],
    ['ab', 1],
    ['a', 'ab'],
  ],
}

/** Undefined for what is no enum. */
export function membersOf({ kind, members: which }: FieldVersion): readonly (string | number)[] | undefined {
  return members[kind]?.[which]
}

export function wireOf({ wire, property }: FieldVersion): string {
  return wire ?? property
}

export function isOfObjects({ kind }: FieldVersion): boolean {
  return kind === 'object' || kind === 'other' || kind === 'union'
}

/** The same without what the start would refuse, and without what says nothing: what differs then has a meaning. */
export function settled(version: Version, direction: Direction): Version {
  const settle = (fields: readonly FieldVersion[], isRoot: boolean) =>
    withDifferentNames(fields.map((one) => settledField(one, isRoot, direction)))
  const { fields, inner, other } = version
  return { ...version, fields: settle(fields, true), inner: settle(inner, false), other: settle(other, false) }
}

function settledField(one: FieldVersion, isRoot: boolean, direction: Direction): FieldVersion {
  const isInput = direction === 'input'
  // Milliseconds and bytes are not written in lists.
  const holder = one.kind === 'duration' || one.kind === 'size' ? undefined : one.holder
  const field = { ...one, holder, members: membersOf(one) ? one.members : 0 }
  const rules = isInput ? settledRules(field) : []
  const condition = !isInput || (one.condition === 'rule' && rules.length === 0) ? 'none' : one.condition
  return {
    ...field,
    rules,
    condition,
    presence: settledPresence({ ...field, rules }, isRoot, isInput),
    place: isRoot && isInput ? settledPlace(field) : 'body',
  }
}

function settledRules(field: FieldVersion): readonly number[] {
  const { length } = poolOf(field)
  const rules = [...new Set(field.rules.map((index) => index % length))]
  // Two of them may say that the value is of two types.
  return field.kind === 'any' ? rules.slice(0, 1) : rules
}

function settledPresence(field: FieldVersion, isRoot: boolean, isInput: boolean): FieldVersion['presence'] {
  const { kind, holder, presence, rules } = field
  // Recursion that nothing ends cannot be filled.
  if (isOfObjects(field) && !isRoot && !holder) return 'optional'
  if (presence !== 'default') return presence
  const isSimple = (kind === 'string' || kind === 'number') && !holder && rules.length === 0
  return isSimple && isInput ? 'default' : 'undecided'
}

/** Headers and cookies hold one text, or a list. */
function settledPlace(field: FieldVersion): FieldVersion['place'] {
  const { place, holder } = field
  const isText = !isOfObjects(field) && holder !== 'map'
  return isText || place === 'query' ? place : 'body'
}

function withDifferentNames(fields: readonly FieldVersion[]): readonly FieldVersion[] {
  return fields.filter((one, index) => {
    const before = fields.slice(0, index)
    return !before.some(({ property, ...other }) => {
      return property === one.property || (other.place === one.place && wireOf({ property, ...other }) === wireOf(one))
    })
  })
}
