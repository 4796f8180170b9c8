import { Body, Cookie, Duration, Field, Header, Query, Size, type Class } from '@lokstra/core'
import { Expose, Type } from 'class-transformer'
import * as cv from 'class-validator'

import { poolOf } from './version-rules.js'
import { membersOf, wireOf, type Direction, type FieldVersion, type Kind, type Version } from './version.js'

const designTypes: Readonly<Partial<Record<Kind, unknown>>> = {
  ...{ string: String, number: Number, boolean: Boolean, bigint: BigInt, date: Date, duration: Number, size: Number },
  ...{ texts: String, levels: Number, mixed: Object, any: Object, union: Object },
}
export const holders = { array: Array, set: Set, map: Map } as const
const places = { body: Body, query: Query, header: Header, cookie: Cookie } as const

/** The classes of one version. */
export interface Declared {
  readonly root: Class
  readonly inner: Class
  readonly other: Class
}

/** Two of the classes have one name. */
export function declareClasses(design: Version, direction: Direction): Declared {
  const declared: Declared = { root: named('Subject'), inner: named('Part'), other: named('Part') }
  for (const [type, fields, isRoot] of [
    [declared.inner, design.inner, false],
    [declared.other, design.other, false],
    [declared.root, design.fields, true],
  ] as const) {
    for (const one of fields) declareField(type, one, isRoot, design, declared, direction)
  }
  return declared
}

/** Instances have the defaults that {@link defaults} says. */
function named(name: string): Class {
  return {
    [name]: class {
      constructor() {
        Object.assign(this, defaults.get(new.target))
      }
    },
  }[name] as Class
}
const defaults = new WeakMap<object, Record<string, unknown>>()

function declareField(
  type: Class,
  one: FieldVersion,
  isRoot: boolean,
  design: Version,
  declared: Declared,
  direction: Direction,
): void {
  const { property, kind, holder, condition, presence, nullable, wire } = one
  const prototype = type.prototype as object
  const apply = (decorator: unknown) => (decorator as PropertyDecorator)(prototype, property)
  const each = holder !== undefined
  const nested = kind === 'object' ? declared.inner : kind === 'other' ? declared.other : undefined
  const element = designTypes[kind] ?? nested
  Reflect.defineMetadata('design:type', holder ? holders[holder] : element, prototype, property)
  if (kind === 'duration') apply(Duration())
  if (kind === 'size') apply(Size())
  if (kind === 'union') {
    const subTypes = Object.entries(design.variants).map(([name, which]) => ({ name, value: declared[which] }))
    apply(Type(() => Object, { discriminator: { property: design.by, subTypes } }))
  } else if (nested) apply(Type(() => nested))
  else if (each || kind === 'any') apply(Type(() => (membersOf(one) ? Object : element) as never))
  const members = membersOf(one)
  if (members) apply(cv.IsIn([...members], { each }))
  const options = condition === 'rule' ? { validateIf: holds } : {}
  for (const index of one.rules) apply(poolOf(one)[index]!(options))
  if (condition === 'field') apply(cv.ValidateIf(holds))
  if (presence === 'required') apply(cv.IsDefined())
  if (presence === 'optional') apply(cv.IsOptional())
  if (presence === 'default') {
    defaults.set(type, { ...defaults.get(type), [property]: kind === 'string' ? 'default' : 7 })
  }
  if (direction === 'output' || !isRoot) {
    apply(Field({ nullable }))
    if (wire !== undefined) apply(Expose({ name: wire }))
  } else apply(places[one.place](wireOf(one), { nullable }))
}

/** A condition that holds for some values, and for what was sent exactly where it holds for what arrives of it. */
function holds(_object: unknown, value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value === 'object' && !(value instanceof Date)) return true
  return (value instanceof Date ? value.toISOString() : String(value)).length % 2 === 1
}
