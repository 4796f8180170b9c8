import type { ScalarType } from '../../contract/value-type.js'
import { writtenDuration, writtenSize } from '../../contract/written-units.js'

/** `ms`, `seconds`, in any case: an expression that tells cases apart, since JSON Schema knows no flags. */
function anyCase(words: readonly string[]): string {
  return words.map((word) => word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)).join('|')
}

const units = [
  'milliseconds?|msecs?|ms',
  'seconds?|secs?|s',
  'minutes?|mins?|m',
  'hours?|hrs?|h',
  'days?|d',
  'weeks?|w',
  'months?|mo',
  'years?|yrs?|y',
]
const number = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?'

/** How a value is written as text, as a pattern, and in words. Undefined where any text will do. */
export function textForm({ kind }: ScalarType): { readonly pattern: string; readonly words: string } | undefined {
  switch (kind) {
    case 'number':
      return { pattern: `^${number}$`, words: 'must be a number' }
    case 'bigint':
      return { pattern: '^-?(?:0|[1-9]\\d*)$', words: 'must be an integer' }
    case 'boolean':
      return { pattern: '^(?:true|false|1|0)$', words: 'must be true or false' }
    case 'duration':
      return {
        pattern: `^(?=.{1,32}$)\\d+(?:\\.\\d+)? *(?:${anyCase(units)})?$`,
        words: 'must be a duration such as 500ms or 30s',
      }
    case 'size':
      return {
        pattern: '^(?=.{1,32}$)\\d+(?:\\.\\d+)? ?(?:[kKmMgGtT][iI]?)?[bB]?$',
        words: 'must be a size such as 512KiB or 1MiB',
      }
    case 'date':
      return {
        pattern:
          '^\\d{4}-\\d{2}-\\d{2}(?:[Tt ](?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)?)?$',
        words: 'must be an ISO 8601 date',
      }
    default:
      return undefined
  }
}

/** A default as people write it: `30s`, `1MiB`. Undefined for what no text says. */
export function writtenDefault({ kind }: ScalarType, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'number' || value === 0) return value
  if (kind === 'duration') return writtenDuration(value)
  return kind === 'size' ? (writtenSize(value) ?? value) : value
}
