import { captureSite, type CallSite } from '../errors/call-site.js'
import { metadataKey, ownRecord, readChain, type Class, type PublicKey } from './metadata.js'
import { isBare, recordMisuse, refuseStandard } from './misuse.js'
import { rightOptions } from './option-kinds.js'

/** Where a field of a request DTO comes from. */
export type Source = 'path' | 'query' | 'header' | 'cookie' | 'body'

/** What is said of a field beside its source and name. */
export interface FieldOptions {
  /** Class of a nested object, or of an array's elements, where the compiler emits only `Object` or `Array`. */
  readonly type?: () => object
  /** Accepts JSON `null`. Default: only where the declared type is a union, such as `string | null`. */
  readonly nullable?: boolean
  /** For documents and clients, as are the examples. */
  readonly description?: string
  /** A value as clients write or read it; `examples` takes several. */
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  /** Clients should stop using it. Default false. */
  readonly deprecated?: boolean
}

/** What `@Field` recorded on a property. */
export interface FieldRecord {
  readonly options: FieldOptions
  readonly site: CallSite
}

/** What `@Path`, `@Query` … recorded on a property. */
export interface BindingRecord {
  readonly property: string
  readonly source: Source
  /** Name on the wire, where one is given; `*` takes all that the source holds. */
  readonly name: string | undefined
  readonly options: FieldOptions
  readonly site: CallSite
}

/** Text forms that configuration accepts: `30s` as milliseconds, `1MiB` as bytes. */
export type UnitKind = 'duration' | 'size'

const bindingsKey = metadataKey<BindingRecord[]>('bindings')
const fieldsKey = metadataKey<Map<string, FieldRecord>>('fields')
const unitsKey = metadataKey<Map<string, UnitKind>>('units')

type PropertyDecoratorOf = <T extends object, K extends string>(
  target: T,
  property: PublicKey<T, K>,
  descriptor?: PropertyDescriptor,
) => void
type Args = [name?: string | FieldOptions, options?: FieldOptions]

function binding(source: Source, args: Args, below: (...args: Args) => unknown): PropertyDecoratorOf {
  if (isBare(below, 'member', args)) return undefined as never
  const site = captureSite(below)
  const [first, second] = args
  const options = (typeof first === 'object' ? first : second) ?? {}
  return (target, property, descriptor) => {
    if (!isInstanceProperty(target, property, descriptor, `@${below.name}`, site)) return
    const records = ownRecord(target.constructor, bindingsKey, () => [])
    const other = records.find((record) => record.property === property)
    if (other) {
      const problem = `${target.constructor.name}.${property} has two sources, ${other.source} and ${source}`
      recordMisuse(target.constructor, { problem, fix: 'A field has one source: keep one of the decorators.', site })
      return
    }
    const name = typeof first === 'string' ? first : undefined
    const right = fieldOptions(target.constructor, property, options, `@${below.name}`, site)
    records.push({ property, source, name, options: right, site })
  }
}

function fieldOptions(
  owner: object,
  property: string,
  options: FieldOptions,
  decorator: string,
  site: CallSite,
): FieldOptions {
  return rightOptions(options, (problem, fix) => {
    recordMisuse(owner, { problem: `${decorator} on ${(owner as Class).name}.${property}: ${problem}`, fix, site })
  })
}

/** False after recording why the decorated member is not a property that every instance has of its own. */
function isInstanceProperty(
  target: object,
  property: unknown,
  descriptor: PropertyDescriptor | undefined,
  decorator: string,
  site: CallSite,
): property is string {
  refuseStandard(decorator, property, () => site)
  if (typeof target !== 'function' && typeof property === 'string' && descriptor === undefined) return true
  const owner = (typeof target === 'function' ? target : target.constructor) as Class
  const problem = `${decorator} is on ${owner.name}.${String(property)}, which is not an instance property`
  recordMisuse(owner, {
    problem,
    fix: 'Put it on a property of the DTO or configuration class, neither static nor an accessor.',
    site,
  })
  return false
}

/** From the route's path: `@Path() id` fills from `:id`. */
export function Path(...args: Args): PropertyDecoratorOf {
  return binding('path', args, Path)
}
/** From the query string. Arrays take repeated keys or commas; maps take `name[key]=value`; `@Query('*')` takes everything. */
export function Query(...args: Args): PropertyDecoratorOf {
  return binding('query', args, Query)
}
/** From a request header; the name's case does not matter. `@Header('*')` takes all of them. */
export function Header(...args: Args): PropertyDecoratorOf {
  return binding('header', args, Header)
}
export function Cookie(...args: Args): PropertyDecoratorOf {
  return binding('cookie', args, Cookie)
}
/** From the request body, JSON or form. `@Body('*')` takes the whole body. */
export function Body(...args: Args): PropertyDecoratorOf {
  return binding('body', args, Body)
}

/**
 * Declares a field without saying where it comes from: of a nested class, or of a class that `@Returns` names, getters included.
 * Beside a binding decorator it adds what that one leaves out.
 */
export function Field(...args: [options?: FieldOptions]): PropertyDecoratorOf {
  if (isBare(Field, 'member', args)) return undefined as never
  const site = captureSite(Field)
  const [options = {}] = args
  return (target, property, descriptor) => {
    if (!isInstanceProperty(target, property, descriptor?.get ? undefined : descriptor, '@Field', site)) return
    const byProperty = ownRecord(target.constructor, fieldsKey, () => new Map<string, FieldRecord>())
    if (byProperty.has(property)) {
      const problem = `${target.constructor.name}.${property} carries @Field twice`
      recordMisuse(target.constructor, { problem, fix: 'Write all options into one of them.', site })
    } else
      byProperty.set(property, { options: fieldOptions(target.constructor, property, options, '@Field', site), site })
  }
}

function unit(kind: UnitKind, below: (...args: []) => unknown, args: readonly unknown[]): PropertyDecoratorOf {
  if (isBare(below, 'member', args)) return undefined as never
  const site = captureSite(below)
  return (target, property, descriptor) => {
    if (!isInstanceProperty(target, property, descriptor, `@${below.name}`, site)) return
    ownRecord(target.constructor, unitsKey, () => new Map()).set(property, kind)
  }
}

/** A time span in milliseconds; text such as `500ms`, `30s` or `1h` is accepted. */
export function Duration(...args: []): PropertyDecoratorOf {
  return unit('duration', Duration, args)
}
/** A size in bytes; text such as `512KiB` or `1MiB` is accepted (1024-based, as is `1MB`). */
export function Size(...args: []): PropertyDecoratorOf {
  return unit('size', Size, args)
}

/** The binding decorators of a class and its ancestors; a property declared again replaces the ancestor's declaration. */
export function readBindings(type: Class): readonly BindingRecord[] {
  const byProperty = new Map<string, BindingRecord>()
  for (const { record } of readChain(type, bindingsKey)) for (const own of record) byProperty.set(own.property, own)
  return [...byProperty.values()]
}

export function readUnits(type: Class): ReadonlyMap<string, UnitKind> {
  return new Map(readChain(type, unitsKey).flatMap(({ record }) => [...record]))
}

export function readFields(type: Class): ReadonlyMap<string, FieldRecord> {
  return new Map(readChain(type, fieldsKey).flatMap(({ record }) => [...record]))
}
