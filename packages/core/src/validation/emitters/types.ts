import type { EmittedCheck, RuleEmitter } from './emitted-check.js'

/**
 * Milliseconds of a date, NaN of anything else. Objects that only pass for dates, such as `Object.create(Date.prototype)`, throw when
 * they are asked.
 */
function timeOf(value: unknown): number {
  try {
    return value instanceof Date ? value.getTime() : NaN
  } catch {
    return NaN
  }
}

/** Text for the milliseconds of a value. */
export function emitTime({ known, value, program }: EmittedCheck): string {
  return known === 'date' ? `${value}.getTime()` : `${program.constant(timeOf, 'timeOf')}(${value})`
}

/** Whether a value may be a date at all. */
export function mayBeDate({ known }: EmittedCheck): boolean {
  return known === 'date' || known === 'unknown'
}

function isOfType(type: 'string' | 'boolean'): RuleEmitter {
  // `new String('')` and `new Boolean(true)`, which the rules accept as well, are left to the original.
  return ({ known, value }) => {
    if (known === type) return 'true'
    return known === 'unknown' ? `typeof ${value} === "${type}"` : 'false'
  }
}

/** Functions are objects to the rule; they are left to the original. */
const isObject: RuleEmitter = (check) => {
  if (check.known !== 'unknown') return check.known === 'date' ? 'true' : 'false'
  const { value } = check
  return `typeof ${value} === "object" && ${value} !== null && !Array.isArray(${value})`
}

const isInstance: RuleEmitter = (check) => {
  const type = check.argument(0)
  if (typeof type !== 'function') return undefined
  // Classes that decide themselves what belongs to them are asked once, by the original.
  const isOrdinary = type[Symbol.hasInstance] === Function.prototype[Symbol.hasInstance]
  const prototype = type.prototype as unknown
  if (!isOrdinary || typeof prototype !== 'object' || prototype === null) return undefined
  return `${check.value} instanceof ${check.program.constant(type, 'type')}`
}

/** What kind of value it is. */
export const types: Readonly<Record<string, RuleEmitter>> = {
  isString: isOfType('string'),
  isBoolean: isOfType('boolean'),
  isDate: (check) => (mayBeDate(check) ? `!isNaN(${emitTime(check)})` : 'false'),
  isArray: ({ known, value }) => {
    if (known === 'array') return 'true'
    return known === 'unknown' ? `Array.isArray(${value})` : 'false'
  },
  isObject,
  isInstance,
}
