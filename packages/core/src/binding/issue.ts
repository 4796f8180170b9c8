import type { ValueType } from '../contract/input-plan.js'
import type { BrokenRule } from '../validation/run-rules.js'
import type { Place } from './place.js'
import { describeType } from './scalar.js'

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

export function unsafeIssue(place: Place, type: ValueType, value: unknown): Issue {
  const message = `${place.label()} must be an integer between -9007199254740991 and 9007199254740991`
  return { place, code: 'type', message, value, expected: describeType(type) }
}

export function ruleIssue(place: Place, { rule, message }: BrokenRule, value: unknown): Issue {
  return { place, code: rule.name, message, value }
}

export function requiredIssue(place: Place, type: ValueType, broken: readonly BrokenRule[]): Issue {
  const own = broken.find(({ rule, message }) => rule.message !== undefined && message !== '')
  const message = own?.message ?? `${place.label()} is required`
  return { place, code: 'required', message, value: undefined, expected: describeType(type) }
}
