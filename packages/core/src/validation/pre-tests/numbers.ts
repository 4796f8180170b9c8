import { exactly, ordinarily, type PreTest, type PreTestFor } from './pre-test.js'
import { any, areHarmless, only, type HarmlessOptions } from './options.js'

/** Leads or follows no other digits: `[0-9]+` and one optional fraction cannot be split in two ways. */
const signedNumber = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/

function numberStringPreTest([options]: readonly unknown[]): PreTest | undefined {
  if (!areHarmless(options, { no_symbols: any })) return undefined
  const isBare = Boolean((options as { no_symbols?: unknown } | undefined)?.no_symbols)
  return exactly(isBare ? /^\d+$/ : signedNumber)
}

const decimalOptions: HarmlessOptions = {
  force_decimal: only(false),
  decimal_digits: only('1,'),
  locale: only('en-US'),
}

/** Only the defaults: symbols, separators and the numbers of digits are all options. */
const currency = /^-?\$?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d\d)?$/

/** Of the cards that isCreditCard knows those most in use, without blanks and hyphens. */
const card = /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|3[47]\d{13}|6011\d{12})$/

function isOrdinaryCard(value: string): boolean {
  if (!card.test(value)) return false
  let sum = 0
  for (let index = value.length - 1, isDoubled = false; index >= 0; index--, isDoubled = !isDoubled) {
    const digit = value.charCodeAt(index) - 48
    const weighted = isDoubled ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}

/** isLatitude takes the number as text. Nearer to 0 than a millionth, the text is in powers of ten, which it refuses. */
function withinDegrees(limit: number): PreTest {
  const test = (value: number) => value >= -limit && value <= limit && (value >= 1e-6 || value <= -1e-6 || value === 0)
  return { of: 'number', test, isExact: false }
}

/** Numbers and what is made of digits. */
export const numbers: Readonly<Record<string, PreTestFor>> = {
  isNumberString: numberStringPreTest,
  isDecimal: ([options]) => (areHarmless(options, decimalOptions) ? ordinarily(/^[+-]?\d+(?:\.\d+)?$/) : undefined),
  isCurrency: ([options]) => (areHarmless(options, {}) ? ordinarily(currency) : undefined),
  isCreditCard: () => ordinarily(isOrdinaryCard),
  isLatitude: () => withinDegrees(90),
  isLongitude: () => withinDegrees(180),
}
