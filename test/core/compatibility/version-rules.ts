import * as cv from 'class-validator'

import type { FieldVersion, Kind } from './version.js'

export type Decorate = (options?: cv.ValidationOptions) => PropertyDecorator

const ofText: readonly Decorate[] = [
  (o) => cv.Length(0, 3, o),
  (o) => cv.Length(1, 3, o),
  (o) => cv.Length(2, 5, o),
  (o) => cv.MinLength(0, o),
  (o) => cv.MinLength(1, o),
  (o) => cv.MinLength(2, o),
  (o) => cv.MaxLength(3, o),
  (o) => cv.MaxLength(4, o),
  (o) => cv.IsNotEmpty(o),
  (o) => cv.Matches(/^a/, o),
  (o) => cv.Matches(/^[ab]/, o),
  (o) => cv.IsIn(['a', 'ab'], o),
  (o) => cv.IsIn(['a', 'ab', 'abc'], o),
  (o) => cv.IsNotIn(['a'], o),
  (o) => cv.IsNotIn(['a', 'ab'], o),
  (o) => cv.IsAlpha('en-US', o),
  (o) => cv.IsByteLength(1, 4, o),
  (o) => cv.Contains('a', o),
  (o) => cv.IsEmail({}, o),
  (o) => cv.IsString(o),
]
const ofNumber: readonly Decorate[] = [
  (o) => cv.Min(0, o),
  (o) => cv.Min(1, o),
  (o) => cv.Max(5, o),
  (o) => cv.Max(7, o),
  (o) => cv.IsPositive(o),
  (o) => cv.IsNegative(o),
  (o) => cv.IsInt(o),
  (o) => cv.IsNumber({}, o),
  (o) => cv.IsNumber({ maxDecimalPlaces: 1 }, o),
  (o) => cv.IsIn([0, 1, 5], o),
  (o) => cv.IsIn([1, 5], o),
  (o) => cv.IsDivisibleBy(2, o),
  (o) => cv.IsNotEmpty(o),
]
const none: readonly Decorate[] = [(o) => cv.IsNotEmpty(o)]
const rules: Readonly<Record<Kind, readonly Decorate[]>> = {
  string: ofText,
  number: ofNumber,
  boolean: [(o) => cv.Equals(true, o), (o) => cv.IsBoolean(o), ...none],
  bigint: none,
  date: [(o) => cv.IsDate(o), ...none],
  duration: ofNumber.slice(0, 6),
  size: ofNumber.slice(0, 6),
  texts: ofText.slice(0, 11),
  levels: ofNumber.slice(0, 9),
  mixed: none,
  any: [
    (o) => cv.IsIn(['a', 1, null], o),
    (o) => cv.MinLength(0, o),
    (o) => cv.Min(0, o),
    (o) => cv.IsString(o),
    (o) => cv.IsNumber({}, o),
    ...none,
  ],
  object: [(o) => cv.ValidateNested(o), (o) => cv.IsObject(o), ...none],
  other: [(o) => cv.ValidateNested(o), ...none],
  union: [(o) => cv.ValidateNested(o), ...none],
}
const ofList: readonly Decorate[] = [
  (o) => cv.ArrayMinSize(0, o),
  (o) => cv.ArrayMinSize(1, o),
  (o) => cv.ArrayMaxSize(1, o),
  (o) => cv.ArrayMaxSize(2, o),
  (o) => cv.ArrayNotEmpty(o),
  (o) => cv.ArrayUnique(o),
]

/** The rules that a field may have. */
export function poolOf({ kind, holder }: Pick<FieldVersion, 'kind' | 'holder'>): readonly Decorate[] {
  if (!holder) return rules[kind]
  const each = rules[kind].map(
    (rule): Decorate =>
      (options) =>
        rule({ ...options, each: true }),
  )
  return holder === 'array' ? [...each, ...ofList] : each
}
