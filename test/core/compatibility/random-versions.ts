import { Body, Query, type Class } from '@lokstra/core'
import { Type } from 'class-transformer'
import * as cv from 'class-validator'
import fc from 'fast-check'

import type { Decorator } from './described.js'

const kinds = ['string', 'number', 'boolean', 'choice', 'strings', 'object', 'any'] as const
type Kind = (typeof kinds)[number]

interface FieldVersion {
  readonly kind: Kind
  readonly source: 'body' | 'query'
  readonly isRequired: boolean
  readonly nullable: boolean
  /** Indices of rules that suit the kind. */
  readonly rules: readonly number[]
}

/** A DTO as one version of the code declares it. */
export type DtoVersion = Readonly<Partial<Record<'a' | 'b', FieldVersion>>>

/** No two are alike by their names alone: each pair is in the order that {@link compareContracts} must find. */
const rules: Readonly<Record<Kind, readonly (() => Decorator)[]>> = {
  string: [
    () => cv.Length(1, 3),
    () => cv.Length(2, 5),
    () => cv.MinLength(1),
    () => cv.MaxLength(4),
    () => cv.IsNotEmpty(),
    () => cv.Matches(/^a/),
    () => cv.IsIn(['a', 'ab']),
    () => cv.IsIn(['a', 'ab', 'abc']),
    () => cv.IsNotIn(['a']),
    () => cv.IsNotIn(['a', 'ab']),
    () => cv.IsAlpha(),
    () => cv.IsByteLength(1, 4),
    () => cv.IsString(),
  ],
  number: [
    () => cv.Min(0),
    () => cv.Min(1),
    () => cv.Max(5),
    () => cv.Max(7),
    () => cv.IsPositive(),
    () => cv.IsNegative(),
    () => cv.IsInt(),
    () => cv.IsNumber(),
    () => cv.IsNumber({ maxDecimalPlaces: 1 }),
    () => cv.IsIn([0, 1, 5]),
    () => cv.IsNotEmpty(),
  ],
  boolean: [() => cv.IsBoolean(), () => cv.Equals(true), () => cv.IsNotEmpty()],
  choice: [() => cv.IsIn(['a', 'ab']), () => cv.IsIn(['a', 'ab', 'abc']), () => cv.IsIn(['abc', 1])],
  strings: [
    () => cv.ArrayMinSize(1),
    () => cv.ArrayMaxSize(1),
    () => cv.ArrayNotEmpty(),
    () => cv.Length(1, 3, { each: true }),
    () => cv.MaxLength(2, { each: true }),
    () => cv.IsIn(['a', 'ab'], { each: true }),
    () => cv.ArrayUnique(),
    () => cv.IsNotEmpty({ each: true }),
  ],
  object: [() => cv.ValidateNested(), () => cv.IsObject(), () => cv.IsNotEmpty()],
  any: [() => cv.IsIn(['a', 1, null]), () => cv.IsNotEmpty()],
}
const designTypes: Readonly<Record<Kind, unknown>> = {
  string: String,
  number: Number,
  boolean: Boolean,
  choice: Object,
  strings: Array,
  object: Object,
  any: Object,
}

/** Few enough rules that what one version accepts is often accepted by another. */
const field: fc.Arbitrary<FieldVersion> = fc.record({
  kind: fc.constantFrom(...kinds),
  source: fc.constantFrom('body', 'body', 'body', 'query'),
  isRequired: fc.boolean(),
  nullable: fc.boolean(),
  rules: fc.uniqueArray(fc.nat(12), { maxLength: 2 }),
})
const version = (one: fc.Arbitrary<FieldVersion>): fc.Arbitrary<DtoVersion> =>
  fc.record({ a: one, b: one }, { requiredKeys: ['a'] })

/** A version and the one after it, whose fields are of the same kinds more often than not. */
export const versions: fc.Arbitrary<readonly [DtoVersion, DtoVersion]> = version(field).chain((was) =>
  fc.tuple(
    fc.constant(was),
    fc.tuple(version(field), fc.boolean(), fc.boolean()).map(([is, keepsKind, keepsRules]): DtoVersion => {
      if (!keepsKind) return is
      const kept = { kind: was.a!.kind, source: was.a!.source, ...(keepsRules ? { rules: was.a!.rules } : {}) }
      return { ...is, a: { ...is.a!, ...kept }, ...(was.b ? { b: keepsRules ? was.b : { ...was.b, ...kept } } : {}) }
    }),
  ),
)

/** The class of a version; fields of kind `object` hold what `inner` declares. */
export function declareVersion(design: DtoVersion, inner: DtoVersion): Class {
  const Inner = class Inner {}
  declareFields(Inner, inner, undefined)
  const Dto = class Dto {}
  declareFields(Dto, design, Inner)
  return Dto
}

function declareFields(type: Class, design: DtoVersion, inner: Class | undefined): void {
  const prototype = type.prototype as object
  for (const [property, { kind: wanted, source, isRequired, nullable, rules: chosen }] of Object.entries(design)) {
    const kind = wanted === 'object' && !inner ? 'string' : wanted
    const apply = (decorator: Decorator) => decorator(...([prototype, property] as never[]))
    Reflect.defineMetadata('design:type', kind === 'object' ? inner : designTypes[kind], prototype, property)
    const type = kind === 'any' ? { type: () => Object } : {}
    apply((source === 'query' && inner ? Query : Body)({ nullable, ...type }))
    if (kind === 'strings') apply(Type(() => String))
    if (isRequired) apply(cv.IsDefined())
    else apply(cv.IsOptional())
    if (kind === 'choice') apply(rules.choice[(chosen[0] ?? 0) % 3]!())
    else for (const index of chosen) apply(rules[kind][index % rules[kind].length]!())
  }
}

const leaf = fc.constantFrom<unknown>(
  ...[undefined, null, '', 'a', 'ab', 'abc', 'abcd', 'b1', 0, 1, 5, 6, 2.5, 2.55, -1, true, false],
  ...[[], ['a'], ['ab', 'ab'], ['abc'], ['']],
)
/** What somebody may send: each leaf may be of any type. */
export const raw: fc.Arbitrary<object> = fc.record(
  { a: fc.oneof(leaf, fc.record({ a: leaf, b: leaf }, { requiredKeys: [] })), b: leaf },
  { requiredKeys: [] },
)

/** What of it a caller sends whose DTO is that of a version: fields that it does not have, it cannot send. */
export function sent(value: object, design: DtoVersion, inner: DtoVersion): object {
  const entries = Object.entries(value as Record<string, unknown>).filter(([key]) => key in design)
  return Object.fromEntries(
    entries.map(([key, one]) => {
      const isInner = design[key as 'a']?.kind === 'object' && isPlain(one)
      return [key, isInner ? Object.fromEntries(Object.entries(one).filter(([name]) => name in inner)) : one]
    }),
  )
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
