import { literal } from '../../codegen/program.js'
import type { RuleEmitter } from './emitted-check.js'

/** `Number.isInteger` and `Number.isFinite` are false for anything but numbers, and compile to a few instructions. */
const isInt: RuleEmitter = ({ known, value }) =>
  known === 'number' || known === 'unknown' ? `Number.isInteger(${value})` : 'false'

const isNumber: RuleEmitter = (check) => {
  const { known, value } = check
  if (known !== 'number' && known !== 'unknown') return 'false'
  const options = check.argument(0) ?? {}
  if (check.argument(0) === null || typeof options !== 'object') return undefined
  const { allowNaN, allowInfinity, maxDecimalPlaces } = options as Readonly<Record<string, unknown>>
  if (maxDecimalPlaces !== undefined && typeof maxDecimalPlaces !== 'number') return undefined
  const finite = `Number.isFinite(${value})`
  const decimals = maxDecimalPlaces === undefined ? undefined : hasDecimals(value, maxDecimalPlaces)
  const ordinary = decimals === undefined ? finite : `${finite} && (${decimals})`
  // With a limit or a special value allowed, what is left over is rare enough for the original.
  return decimals === undefined && !allowNaN && !allowInfinity ? ordinary : `${ordinary} || ${check.original()}`
}

/**
 * No more than so many decimals. A decimal of 15 digits or less is what its nearest double is written as; if rounding to the last
 * decimal gives the same double, that is how it is written. Under 1e9 with six decimals there are no more digits than that; with
 * seven, numbers are written in powers of ten, of which the rule counts something else.
 */
function hasDecimals(value: string, most: number): string {
  const whole = `${value} % 1 === 0`
  if (!Number.isInteger(most) || most < 1 || most > 6) return most >= 0 ? whole : 'false'
  const power = literal(10 ** most)
  return `${whole} || ${value} < 1e9 && ${value} > -1e9 && Math.round(${value} * ${power}) / ${power} === ${value}`
}

function compared(operator: '>=' | '<='): RuleEmitter {
  return (check) => {
    const limit = check.argument(0)
    return typeof limit === 'number' ? check.when('number', `${check.value} ${operator} ${literal(limit)}`) : undefined
  }
}

/** As validator.js reads it: by the digits that the divisor starts with. */
const isDivisibleBy: RuleEmitter = (check) => {
  const divisor = check.argument(0)
  if (typeof divisor !== 'number') return undefined
  return check.when('number', `${check.value} % ${literal(Number.parseInt(String(divisor), 10))} === 0`)
}

/** Rules about numbers. */
export const numbers: Readonly<Record<string, RuleEmitter>> = {
  isInt,
  isNumber,
  min: compared('>='),
  max: compared('<='),
  isPositive: (check) => check.when('number', `${check.value} > 0`),
  isNegative: (check) => check.when('number', `${check.value} < 0`),
  isDivisibleBy,
}
