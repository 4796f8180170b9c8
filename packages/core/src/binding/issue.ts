import { describeType, type ValueType } from '../contract/value-type.js'
import type { BrokenRule } from '../validation/evaluate-rule.js'
import type { Place } from './place.js'
import { illFormedText, invalid, type Unconverted } from './scalar.js'

/** Something wrong with one value of the input. */
export interface Issue {
  readonly place: Place
  readonly code: string
  readonly message: string
  readonly value: unknown
  /** The type asked for, in words. */
  readonly expected?: string
  /** The keys that would have been known. */
  readonly candidates?: readonly string[]
  /** The value has another type than the field. */
  readonly isShape?: boolean
}

export function typeIssue(place: Place, type: ValueType, value: unknown): Issue {
  const expected = describeType(type)
  return { place, code: 'type', message: `${place.label()} must be ${expected}`, value, expected, isShape: true }
}

export function nullIssue(place: Place, type: ValueType): Issue {
  return {
    place,
    code: 'type',
    message: `${place.label()} must not be null`,
    value: null,
    expected: describeType(type),
  }
}

/** For a value that could not be converted. */
export function unconvertedIssue(unconverted: Unconverted, place: Place, type: ValueType, value: unknown): Issue {
  if (unconverted === invalid) return typeIssue(place, type, value)
  const expected = describeType(type)
  if (unconverted === illFormedText) {
    const message = `${place.label()} must be well-formed text, without half surrogate pairs`
    return { place, code: 'type', message, value, expected }
  }
  const message = `${place.label()} must be an integer between -9007199254740991 and 9007199254740991`
  return { place, code: 'type', message, value, expected }
}

export function ruleIssue(place: Place, { rule, message }: BrokenRule, value: unknown): Issue {
  return { place, code: rule.name, message, value }
}

export function requiredIssue(place: Place, type: ValueType, broken: readonly BrokenRule[]): Issue {
  const own = broken.find(({ rule, message }) => rule.message !== undefined && message !== '')
  const message = own?.message ?? `${place.label()} is required`
  return { place, code: 'required', message, value: undefined, expected: describeType(type) }
}
