import * as cv from 'class-validator'

export type Decorate = (target: object, property: string) => void

/** How one decorator of class-validator is used in tests. */
export interface TableEntry {
  /** Makes the decorator; `pick` chooses among arguments. */
  readonly make: (options: cv.ValidationOptions, pick: number) => Decorate
  /** Values that pass with the arguments of `pick` 0. */
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
}

type Simple = (options?: cv.ValidationOptions) => PropertyDecorator

function plain(decorator: Simple, good: readonly unknown[], bad: readonly unknown[]): TableEntry {
  return { make: (options) => decorator(options), good, bad }
}

/** A decorator whose first argument is one of several. */
function withOne<A>(
  decorator: (argument: A, options?: cv.ValidationOptions) => PropertyDecorator,
  choices: readonly [A, ...A[]],
  good: readonly unknown[],
  bad: readonly unknown[],
): TableEntry {
  return { make: (options, pick) => decorator(choices[pick % choices.length]!, options), good, bad }
}

/** A decorator of two arguments. */
function withTwo<A, B>(
  decorator: (first: A, second: B, options?: cv.ValidationOptions) => PropertyDecorator,
  choices: readonly [[A, B], ...[A, B][]],
  good: readonly unknown[],
  bad: readonly unknown[],
): TableEntry {
  return {
    make: (options, pick) => decorator(...choices[pick % choices.length]!, options),
    good,
    bad,
  }
}

enum Numbered {
  One = 1,
  Two,
}
const texts = { Plain: 'plain', Quoted: `"'\`\\\n\u2028` }
class Thing {}
class Other {}
const sign = Symbol('sign')
const early = new Date('2020-01-01T00:00:00.000Z')
const late = new Date('2030-01-01T00:00:00.000Z')
const uuid4 = '7f2c6a52-9f0a-4b3e-8d6a-1f2e3d4c5b6a'
const uuid1 = '7f2c6a52-9f0a-1b3e-8d6a-1f2e3d4c5b6a'
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
const btc = '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2'

/** All property decorators that class-validator exports, with arguments and values. */
export const decorators: Readonly<Record<string, TableEntry>> = {
  Allow: plain(cv.Allow, [1, undefined], []),
  IsDefined: plain(cv.IsDefined, [0, ''], [null, undefined]),
  IsOptional: plain(cv.IsOptional, [null, undefined, 1], []),
  Validate: withOne(
    (constraints: unknown[], options) => cv.Validate(LongEnough, constraints, options),
    [[3], [0]],
    ['abc'],
    ['a'],
  ),
  ValidateBy: withOne(
    (constraints: unknown[], options) => cv.ValidateBy({ name: 'even', constraints, validator: even }, options),
    [[2], [3]],
    [4],
    [5],
  ),
  ValidateIf: withOne(
    cv.ValidateIf,
    [(_object, value) => value !== 2, () => false, (object) => (object as { a?: unknown }).a !== 1],
    [1],
    [],
  ),
  ValidateNested: plain(cv.ValidateNested, [[], new Set(), undefined], ['text', 1, new Thing(), [new Thing()]]),
  ValidatePromise: plain(cv.ValidatePromise, [1, 'text'], []),

  Equals: withOne<unknown>(cv.Equals, [3, 'a', NaN, null, sign], [3], ['3', 4]),
  NotEquals: withOne<unknown>(cv.NotEquals, [3, 'a', NaN, undefined], ['3', 4], [3]),
  IsEmpty: plain(cv.IsEmpty, ['', null, undefined], ['a', 0]),
  IsNotEmpty: plain(cv.IsNotEmpty, ['a', 0], ['', null, undefined]),
  IsIn: withOne<readonly unknown[]>(cv.IsIn, [[1, 'a', NaN], [sign], [texts.Quoted]], [1, 'a'], [2, 'b', NaN]),
  IsNotIn: withOne<readonly unknown[]>(cv.IsNotIn, [[1, 'a'], [], [texts.Quoted]], [2], [1, 'a']),

  IsDivisibleBy: withOne(cv.IsDivisibleBy, [2, 0.5, 0], [4, -2], [3, '4']),
  IsPositive: plain(cv.IsPositive, [1, Infinity], [0, -1, '1']),
  IsNegative: plain(cv.IsNegative, [-1], [0, 1, '-1']),
  Max: withOne(cv.Max, [5, -0, Infinity], [5, -1], [6, NaN, '1']),
  Min: withOne(cv.Min, [2, -0, -Infinity], [2, 7], [1, NaN, '3']),
  MinDate: withOne(cv.MinDate, [early, () => early, new Date(NaN)], [late, early], [new Date(0), '2025-01-01']),
  MaxDate: withOne(cv.MaxDate, [late, () => late, new Date(NaN)], [early, late], [new Date(8.64e15), 0]),

  Contains: withOne(cv.Contains, ['ell', '', '$&'], ['hello'], ['bye', 1]),
  NotContains: withOne(cv.NotContains, ['ell', '', '$&'], ['bye'], ['hello', 1]),
  IsAlpha: withOne(cv.IsAlpha, [undefined, 'de-DE'], ['abc'], ['ab1', '', 1]),
  IsAlphanumeric: withOne(cv.IsAlphanumeric, [undefined, 'de-DE'], ['ab1'], ['a-b', '', 1]),
  IsDecimal: withOne(cv.IsDecimal, [undefined, { decimal_digits: '2' }], ['1.50', '-1'], ['a', '', 1.5]),
  IsAscii: plain(cv.IsAscii, ['abc'], ['ä', '', 1]),
  IsBase32: plain(cv.IsBase32, ['ZG5=====', 'JBSWY3DP'], ['1', 1]),
  IsBase58: plain(cv.IsBase58, ['BukQL3'], ['0OIl', 1]),
  IsBase64: withOne(cv.IsBase64, [undefined, { urlSafe: true }], ['Zm9v'], ['Zm9', 1]),
  IsByteLength: withTwo(
    cv.IsByteLength,
    [
      [2, 4],
      [0, undefined as unknown as number],
    ],
    ['ab', 'ää'],
    ['a', 'äää', 1],
  ),
  IsCreditCard: plain(cv.IsCreditCard, ['4111111111111111'], ['4111111111111112', 1]),
  IsCurrency: withOne(cv.IsCurrency, [undefined, { symbol: '€' }], ['$1.50'], ['1.5.0', 1]),
  IsEmail: withOne(
    cv.IsEmail,
    [undefined, { allow_display_name: true }],
    ['ann@example.com', 'a.b+c@x.org'],
    ['ann', 'ann@', 1],
  ),
  IsFQDN: withOne(cv.IsFQDN, [undefined, { require_tld: false }], ['example.com'], ['example', '-a.com', 1]),
  IsFullWidth: plain(cv.IsFullWidth, ['ひらがな'], ['abc', 1]),
  IsHalfWidth: plain(cv.IsHalfWidth, ['abc'], ['ひらがな', 1]),
  IsVariableWidth: plain(cv.IsVariableWidth, ['ひa'], ['abc', 1]),
  IsHexColor: plain(cv.IsHexColor, ['#fff', '#00ff00'], ['#ff', 1]),
  IsHexadecimal: plain(cv.IsHexadecimal, ['deadBEEF'], ['xyz', '', 1]),
  IsMACAddress: withOne<object | undefined>(
    cv.IsMACAddress,
    [undefined, { no_separators: true }],
    ['01:02:03:04:05:ab'],
    ['01:02', 1],
  ),
  IsIP: withOne(cv.IsIP, [undefined, 4, '6'], ['127.0.0.1', '::1'], ['256.0.0.1', 1]),
  IsPort: plain(cv.IsPort, ['8080'], ['65536', '080', 80]),
  IsISBN: withOne(cv.IsISBN, [undefined, '10', 13], ['9783161484100', '3-16-148410-X'], ['123', 1]),
  IsISIN: plain(cv.IsISIN, ['US0378331005'], ['US0378331006', 1]),
  IsISO8601: withOne(
    cv.IsISO8601,
    [undefined, { strict: true }],
    ['2024-02-28', '2024-02-28T10:00:00Z'],
    ['2024-13-45', 'x', 1],
  ),
  IsJSON: plain(cv.IsJSON, ['{"a":1}'], ['{a:1}', 1]),
  IsJWT: plain(cv.IsJWT, [jwt], ['a.b', 1]),
  IsLowercase: plain(cv.IsLowercase, ['abc'], ['Abc', 1]),
  IsUppercase: plain(cv.IsUppercase, ['ABC'], ['Abc', 1]),
  IsMobilePhone: withTwo<'de-DE' | undefined, object>(
    cv.IsMobilePhone,
    [
      ['de-DE', {}],
      [undefined, { strictMode: true }],
    ],
    ['+4915123456789'],
    ['abc', 1],
  ),
  IsISO31661Alpha2: plain(cv.IsISO31661Alpha2, ['DE'], ['XX', 1]),
  IsISO31661Alpha3: plain(cv.IsISO31661Alpha3, ['DEU'], ['QQQ', 1]),
  IsISO31661Numeric: plain(cv.IsISO31661Numeric, ['276'], ['000', 276]),
  IsISO4217CurrencyCode: plain(cv.IsISO4217CurrencyCode, ['EUR'], ['XXY', 1]),
  IsISO6391: plain(cv.IsISO6391, ['de'], ['xx', 1]),
  IsMongoId: plain(cv.IsMongoId, ['507f1f77bcf86cd799439011'], ['507f1f77', 1]),
  IsMultibyte: plain(cv.IsMultibyte, ['ひ'], ['abc', 1]),
  IsSurrogatePair: plain(cv.IsSurrogatePair, ['😀'], ['abc', '\ud800', 1]),
  IsUrl: withOne(
    cv.IsUrl,
    [undefined, { require_tld: false }, { protocols: ['ftp'] }],
    ['https://example.com/a?b=c'],
    ['nope', 'http://', 1],
  ),
  IsUUID: withOne(cv.IsUUID, [undefined, 4, 'all', '1'], [uuid4, uuid1], [uuid4.slice(1), 1]),
  IsFirebasePushId: plain(cv.IsFirebasePushId, ['-M-Jh_1KAH5rYJF_7-kY'], ['short', 1]),
  Length: withTwo(
    cv.Length,
    [
      [2, 4],
      [0, undefined as unknown as number],
      [3, 1],
    ],
    ['ab', 'abcd', '😀😀'],
    ['a', 'abcde', 12],
  ),
  MaxLength: withOne(cv.MaxLength, [3, 0], ['abc', ''], ['abcd', 1]),
  MinLength: withOne(cv.MinLength, [2, 0], ['ab'], ['a', 1]),
  Matches: {
    make: (options, pick) =>
      [
        cv.Matches(/^a\/"'`\u2028?/, options),
        cv.Matches(/B/g, options),
        cv.Matches('^x', 'i', options),
        cv.Matches(/^[a-z]+$/iu, options),
      ][pick % 4] as Decorate,
    good: ['a/"\'`', 'a/"\'`\u2028'],
    bad: ['b', '', 1],
  },
  IsPhoneNumber: withOne(cv.IsPhoneNumber, ['DE', undefined], ['+49 30 123456'], ['123', 1]),
  IsMilitaryTime: plain(cv.IsMilitaryTime, ['23:59'], ['24:00', 1]),
  IsHash: withOne(cv.IsHash, ['md5', 'sha256'], [md5], ['x', 1]),
  IsISSN: withOne(cv.IsISSN, [undefined, { case_sensitive: true }], ['0378-5955'], ['0378-5954', 1]),
  IsDateString: withOne(
    cv.IsDateString,
    [undefined, { strict: true }],
    ['2024-01-01', '2024-01-01T00:00:00Z'],
    ['today', early],
  ),
  IsBooleanString: plain(cv.IsBooleanString, ['true', '0'], ['yes', true]),
  IsNumberString: withOne(cv.IsNumberString, [undefined, { no_symbols: true }], ['12', '-1.5'], ['a', '', 12]),
  IsBIC: plain(cv.IsBIC, ['DEUTDEFF'], ['DEUT', 1]),
  IsBtcAddress: plain(cv.IsBtcAddress, [btc], ['1Bv', 1]),
  IsDataURI: plain(cv.IsDataURI, ['data:text/plain;base64,Zm9v'], ['data:', 1]),
  IsEAN: plain(cv.IsEAN, ['4006381333931'], ['4006381333932', 1]),
  IsEthereumAddress: plain(cv.IsEthereumAddress, [`0x${'aB'.repeat(20)}`], ['0x12', 1]),
  IsHSL: plain(cv.IsHSL, ['hsl(360,100%,50%)'], ['hsl(1)', 1]),
  IsIBAN: withOne(cv.IsIBAN, [undefined, { whitelist: ['DE'] }], ['DE89370400440532013000'], ['DE00', 1]),
  IsIdentityCard: withOne(cv.IsIdentityCard, ['ES', undefined], ['12345678Z'], ['12345678A', 1]),
  IsISRC: plain(cv.IsISRC, ['USAT29900609'], ['US', 1]),
  IsLatitude: plain(cv.IsLatitude, [52.5, '-90'], [91, 'x', true]),
  IsLongitude: plain(cv.IsLongitude, [13.4, '-180'], [181, 'x', true]),
  IsLatLong: plain(cv.IsLatLong, ['52.5,13.4'], ['91,0', 1]),
  IsLocale: plain(cv.IsLocale, ['de_DE'], ['lo_POP!', 1]),
  IsMagnetURI: plain(cv.IsMagnetURI, [`magnet:?xt=urn:btih:06E2A9683BF4DA92C73A661AC56F0ECC9C63C5B4`], ['magnet:', 1]),
  IsMimeType: plain(cv.IsMimeType, ['text/plain; charset=utf-8'], ['text', 1]),
  IsOctal: plain(cv.IsOctal, ['0o17', '17'], ['89', 1]),
  IsPassportNumber: withOne(cv.IsPassportNumber, ['DE', 'US'], ['C01X00T47'], ['x', 1]),
  IsPostalCode: withOne(cv.IsPostalCode, ['DE', 'any', undefined], ['10115'], ['1', 1]),
  IsRFC3339: plain(cv.IsRFC3339, ['2024-01-01T00:00:00Z'], ['2024-01-01', 1]),
  IsRgbColor: withOne(cv.IsRgbColor, [undefined, false], ['rgb(0,31,255)'], ['rgb(0)', 1]),
  IsSemVer: plain(cv.IsSemVer, ['1.2.3-beta.1'], ['1.2', 1]),
  IsStrongPassword: withOne(
    cv.IsStrongPassword,
    [undefined, { minLength: 4, minSymbols: 0 }],
    ['aB3$efgh'],
    ['weak', 1],
  ),
  IsTimeZone: plain(cv.IsTimeZone, ['Europe/Berlin'], ['Mars/Base', 1]),
  IsTaxId: withOne(cv.IsTaxId, ['de-DE', undefined], ['26954371827'], ['1', 1]),

  IsBoolean: plain(cv.IsBoolean, [true, false, Object(true)], ['true', 1]),
  IsDate: plain(cv.IsDate, [early], [new Date(NaN), '2024-01-01']),
  IsNumber: withOne(
    cv.IsNumber,
    [undefined, { allowNaN: true, allowInfinity: true }, { maxDecimalPlaces: 1 }],
    [1.5, -0, 1e-7],
    [NaN, Infinity, '1'],
  ),
  IsEnum: withOne<object>(cv.IsEnum, [Numbered, texts, {}], [1, 'One'], [3, 'plain']),
  IsInt: plain(cv.IsInt, [1, -0, 2 ** 60], [1.5, NaN, '1']),
  IsString: plain(cv.IsString, ['', 'a', Object('a')], [1, sign]),
  IsArray: plain(cv.IsArray, [[], [1]], [new Set(), 'a', { length: 1 }]),
  IsObject: plain(cv.IsObject, [{}, new Thing(), () => 1], [[], null, 1]),
  ArrayContains: withOne<unknown[]>(cv.ArrayContains, [[1], [], [1, 'a']], [[1, 2]], [[2], 1]),
  ArrayNotContains: withOne<unknown[]>(cv.ArrayNotContains, [[1], [], ['a']], [[2]], [[1], 1]),
  ArrayNotEmpty: plain(cv.ArrayNotEmpty, [[1]], [[], 1]),
  ArrayMinSize: withOne(cv.ArrayMinSize, [1, 0], [[1, 2]], [[], 'ab']),
  ArrayMaxSize: withOne(cv.ArrayMaxSize, [2, 0], [[], [1, 2]], [[1, 2, 3], 'a']),
  ArrayUnique: {
    make: (options, pick) =>
      pick % 2 === 0
        ? cv.ArrayUnique(options)
        : cv.ArrayUnique((item: unknown) => (item as { id?: unknown } | null)?.id, options),
    good: [[], [1, 2, '1']],
    bad: [[1, 1], 'a'],
  },
  IsNotEmptyObject: withOne(
    cv.IsNotEmptyObject,
    [undefined, { nullable: true }, { nullable: false }],
    [{ a: 1 }],
    [{}, [], null, 1],
  ),
  IsInstance: withOne<new () => object>(
    cv.IsInstance,
    [Thing, Other, 'none' as unknown as typeof Thing],
    [new Thing()],
    [new Other(), 'a', null],
  ),
}

/** Exports that look like property decorators and are none. */
export const otherExports: ReadonlySet<string> = new Set([
  'MetadataStorage',
  'ValidationError',
  'ValidationTypes',
  'Validator',
  'ValidatorConstraint',
])

const even: cv.ValidatorConstraintInterface = {
  validate: (value, args) => typeof value === 'number' && value % Number(args?.constraints[0]) === 0,
  defaultMessage: (args) => `${String(args?.property)} must be divisible by $constraint1, not $value`,
}

class LongEnough implements cv.ValidatorConstraintInterface {
  validate(value: unknown, args: cv.ValidationArguments): boolean {
    return String(value).length >= Number(args.constraints[0])
  }
  defaultMessage(): string {
    return '$property of $target is too short: $value, not $constraint1'
  }
}

/** Makes known to the present storage the validator classes that the table uses. */
export function registerTableConstraints(): void {
  cv.ValidatorConstraint({ name: 'longEnough' })(LongEnough)
}
