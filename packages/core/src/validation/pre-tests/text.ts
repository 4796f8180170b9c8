import { exactly, ordinarily, type PreTest, type PreTestFor } from './pre-test.js'
import { any, areHarmless, only, type HarmlessOptions } from './options.js'

/** The alphabet of the default locale, which may be named. */
function inDefaultLocale(pattern: RegExp): PreTestFor {
  return ([locale]) => (locale === undefined || locale === 'en-US' ? exactly(pattern) : undefined)
}

// eslint-disable-next-line no-control-regex -- control characters are ASCII
const ascii = /^[\x00-\x7F]*$/

/** In ASCII, bytes are characters. */
function byteLengthPreTest([min, max]: readonly unknown[]): PreTest | undefined {
  if (min !== undefined && typeof min !== 'number') return undefined
  if (max !== undefined && typeof max !== 'number') return undefined
  // As the original has it: NaN means no minimum.
  const least = min === undefined || Number.isNaN(min) ? 0 : min
  const most = max ?? Infinity
  return ordinarily((value) => value.length >= least && value.length <= most && ascii.test(value))
}

const hashLengths: Readonly<Record<string, number>> = {
  md5: 32,
  md4: 32,
  sha1: 40,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  crc32: 8,
}

function hashPreTest([algorithm]: readonly unknown[]): PreTest | undefined {
  if (typeof algorithm !== 'string' || !Object.hasOwn(hashLengths, algorithm)) return undefined
  return exactly(new RegExp(`^[a-fA-F\\d]{${hashLengths[algorithm]!}}$`))
}

const symbol = /[-#!$@%^&*()_+|~=`{}[\]:";'<>?,./\\ ]/
const isOneOrNone = (value: unknown): boolean => value === 1 || value === 0

/** One of each kind is enough for any of these; the points matter for `returnScore` alone. */
const passwordOptions: HarmlessOptions = {
  minLength: (value) => typeof value === 'number',
  minLowercase: isOneOrNone,
  minUppercase: isOneOrNone,
  minNumbers: isOneOrNone,
  minSymbols: isOneOrNone,
  returnScore: only(false),
  pointsPerUnique: any,
  pointsPerRepeat: any,
  pointsForContainingLower: any,
  pointsForContainingUpper: any,
  pointsForContainingNumber: any,
  pointsForContainingSymbol: any,
}

function passwordPreTest([options]: readonly unknown[]): PreTest | undefined {
  if (!areHarmless(options, passwordOptions)) return undefined
  const least = (options as { minLength?: number } | undefined)?.minLength ?? 8
  return ordinarily(
    (value) =>
      value.length >= least && /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value) && symbol.test(value),
  )
}

/** Alphabets, lengths and hashes. */
export const text: Readonly<Record<string, PreTestFor>> = {
  isAlpha: inDefaultLocale(/^[A-Za-z]+$/),
  isAlphanumeric: inDefaultLocale(/^[A-Za-z\d]+$/),
  // eslint-disable-next-line no-control-regex -- control characters are ASCII
  isAscii: () => exactly(/^[\x00-\x7F]+$/),
  isHexadecimal: () => exactly(/^(?:0[xXhH])?[\dA-Fa-f]+$/),
  isHexColor: () => exactly(/^#?(?:[\dA-Fa-f]{3,4}|[\dA-Fa-f]{6}|[\dA-Fa-f]{8})$/),
  isMongoId: () => ordinarily(/^[\dA-Fa-f]{24}$/),
  isBooleanString: () => exactly(/^(?:true|false|1|0)$/),
  isLowercase: () => exactly((value) => value === value.toLowerCase()),
  isUppercase: () => exactly((value) => value === value.toUpperCase()),
  isByteLength: byteLengthPreTest,
  isHash: hashPreTest,
  isStrongPassword: passwordPreTest,
}
