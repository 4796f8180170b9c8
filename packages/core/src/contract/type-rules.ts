import type { ValueType } from './value-type.js'

type ImpliedType = ValueType & { readonly kind: 'string' | 'number' | 'boolean' | 'date' }

const text: ImpliedType = { kind: 'string' }
const number: ImpliedType = { kind: 'number' }
const date: ImpliedType = { kind: 'date' }

/**
 * Rules of class-validator that say what type a value has. They are safe to run on a value of any type, word the complaint
 * where a value has the wrong one, and name the type where the compiler emits only `Object` or `Array`.
 */
export const typeRules: ReadonlyMap<string, ImpliedType | undefined> = new Map<string, ImpliedType | undefined>([
  ['isInt', number],
  ['isNumber', number],
  ['isString', text],
  ['isBoolean', { kind: 'boolean' }],
  ['isDate', date],
  // The values are in the rule.
  ['isEnum', undefined],
  ['isIn', undefined],
  ['isArray', undefined],
  ['isObject', undefined],
  ['isNotEmptyObject', undefined],
  ...[
    'isUuid',
    'isEmail',
    'isUrl',
    'isDateString',
    'isIso8601',
    'isRFC3339',
    'isJwt',
    'isIp',
    'isMongoId',
    'isFqdn',
  ].map(ofText),
  ...['isNumberString', 'isBooleanString', 'isHexColor', 'isPhoneNumber', 'isMobilePhone', 'isIBAN', 'isSemVer'].map(
    ofText,
  ),
  ...[
    'isBase64',
    'isHexadecimal',
    'isMimeType',
    'isTimeZone',
    'isLocale',
    'isCreditCard',
    'isJson',
    'isISO4217CurrencyCode',
  ].map(ofText),
])

function ofText(name: string): [string, ImpliedType] {
  return [name, text]
}

/** Rules that only make sense on one type, without saying so to the client. */
export const impliedTypes: ReadonlyMap<string, ImpliedType> = new Map<string, ImpliedType>([
  ...['min', 'max', 'isPositive', 'isNegative', 'isDivisibleBy'].map((name) => [name, number] as [string, ImpliedType]),
  ...['isLength', 'minLength', 'maxLength', 'matches', 'contains', 'notContains', 'isAlpha', 'isAlphanumeric'].map(
    ofText,
  ),
  ...[
    'isAscii',
    'isLowercase',
    'isUppercase',
    'isDecimal',
    'isHash',
    'isPostalCode',
    'isStrongPassword',
    'isByteLength',
  ].map(ofText),
  ...['isISO31661Alpha2', 'isISO31661Alpha3', 'isMilitaryTime', 'isDataURI', 'isMacAddress', 'isPort'].map(ofText),
  ['minDate', date],
  ['maxDate', date],
])

/** Rules that an array alone passes. */
export const arrayRules: ReadonlySet<string> = new Set([
  'isArray',
  'arrayMinSize',
  'arrayMaxSize',
  'arrayNotEmpty',
  'arrayUnique',
  'arrayContains',
  'arrayNotContains',
])
