import { holders, type Declared } from './version-classes.js'
import { membersOf, wireOf, type Direction, type FieldVersion, type Version } from './version.js'

/** What a value says, by the names on the wire: the same of two versions where they understand each other. */
export function meaningOf(value: unknown, design: Version, declared: Declared, direction: Direction): unknown {
  /** @param field  that holds it, or holds what it is in; undefined of the whole and of plain data */
  const meaning = (inner: unknown, field?: FieldVersion, isText = false): unknown => {
    if (typeof inner === 'bigint') return String(inner)
    if (inner instanceof Date) return inner.toISOString()
    if (inner instanceof Set) return [...inner].map((one) => meaning(one, field))
    if (inner instanceof Map) return Object.fromEntries([...inner].map(([key, one]) => [key, meaning(one, field)]))
    if (Array.isArray(inner)) return inner.map((one) => meaning(one, field))
    if (typeof inner !== 'object' || inner === null)
      return isText && inner !== null && inner !== undefined ? String(inner) : inner
    const which = (Object.keys(declared) as (keyof Declared)[]).find((key) => inner.constructor === declared[key])
    if (!which) return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, meaning(one)]))
    const fields = which === 'root' ? design.fields : design[which]
    const entries = fields.map((one) => {
      const isOfText = which === 'root' && direction === 'input' && one.place !== 'body' && !one.holder
      const place = which === 'root' && direction === 'input' ? `${one.place} ` : ''
      return [place + wireOf(one), meaning((inner as Record<string, unknown>)[one.property], one, isOfText)] as const
    })
    const variant = Object.keys(design.variants).find((name) => design.variants[name] === which)
    return { ...(field?.kind === 'union' ? { [design.by]: variant } : {}), ...Object.fromEntries(entries) }
  }
  return meaning(value)
}

/**
 * What of a meaning is not in another one. What is undefined has no meaning.
 * @returns undefined where all of it is
 */
export function lostOf(meaning: unknown, arrived: unknown, path = 'it'): string | undefined {
  if (meaning === undefined) return undefined
  if (typeof meaning !== 'object' || meaning === null) {
    return meaning === arrived ? undefined : `${path} is ${JSON.stringify(arrived)}, and was ${JSON.stringify(meaning)}`
  }
  if (typeof arrived !== 'object' || arrived === null) return `${path} is ${JSON.stringify(arrived)}, and was an object`
  if (Array.isArray(meaning) && meaning.length !== (arrived as unknown[]).length) return `${path} has another length`
  for (const [key, one] of Object.entries(meaning)) {
    const lost = lostOf(one, (arrived as Record<string, unknown>)[key], `${path}.${key}`)
    if (lost !== undefined) return lost
  }
  return undefined
}

/** What of a value is not as its classes say; undefined where all of it is. */
export function misfitOf(value: unknown, design: Version, declared: Declared): string | undefined {
  const ofObject = (inner: object, which: keyof Declared): string | undefined => {
    if (!(inner instanceof declared[which])) return `it is no ${which}`
    const fields = which === 'root' ? design.fields : design[which]
    for (const one of fields) {
      const misfit = ofField((inner as Record<string, unknown>)[one.property], one)
      if (misfit !== undefined) return `${which}.${one.property} ${misfit}`
    }
    return undefined
  }
  const ofField = (inner: unknown, one: FieldVersion): string | undefined => {
    if (inner === undefined) return one.presence === 'optional' ? undefined : 'is absent'
    if (inner === null) return one.nullable || one.kind === 'any' ? undefined : 'is null'
    const { holder } = one
    if (!holder) return ofItem(inner, one)
    if (!(inner instanceof holders[holder])) return `is no ${holder}`
    const items: Iterable<unknown> = inner.values()
    for (const item of items) {
      const misfit = ofItem(item, one)
      if (misfit !== undefined) return `holds one that ${misfit}`
    }
    return undefined
  }
  const ofItem = (inner: unknown, one: FieldVersion): string | undefined => {
    const { kind } = one
    const members = membersOf(one)
    if (members) return members.includes(inner as string) ? undefined : `is no member: ${String(inner)}`
    if (kind === 'any') return undefined
    if (kind === 'object') return ofObject(inner as object, 'inner')
    if (kind === 'other') return ofObject(inner as object, 'other')
    if (kind === 'union') {
      const classes = Object.values(design.variants)
      const which = classes.find((name) => inner instanceof declared[name])
      return which ? ofObject(inner as object, which) : 'is no variant'
    }
    if (kind === 'date') return inner instanceof Date ? undefined : 'is no date'
    const type = kind === 'duration' || kind === 'size' ? 'number' : kind
    return typeof inner === type ? undefined : `is no ${type}: ${String(inner)}`
  }
  return ofObject(value as object, 'root')
}
