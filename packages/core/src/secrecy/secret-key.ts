import { secretNames } from './secret-names.js'

const word = `(?:${[...secretNames, 'key', 'dsn', 'secretId'].join('|')})`
const secretKey = new RegExp(`${word}$`, 'i')
/** Several. `secrets` alone says where they come from, and most other keys in the plural, such as `unknownKeys`, open nothing. */
const several = [...secretNames.filter((name) => name !== 'secret'), '.secret', '(?:api|private)[-_]?key']
const secretKeys = new RegExp(`(?:${several.join('|')})s$`, 'i')
const secretKeyBefore = new RegExp(`${word}\\\\*["'\`]?\\s*[:=]\\s*\\\\*["'\`]?$`, 'i')
/** Up to the last @ before the host ends: passwords may hold one. */
const urlPassword = /(:\/\/[^:@/]*):[^@]*@(?:[^@/?#,]*@)*/g
const urlPasswordBefore = /:\/\/[^\s:@/]*:$/
/** In the query of a URL. What starts with a brace or with < says where one will stand. */
const querySecret = new RegExp(`([?&][\\w.-]*${word}=)(?!\\$?\\{|<)[^&\\s#"'\`]+`, 'gi')
/** Of the characters before a value, as many as may say what it is. */
const lookBehind = 200

/** A number of less digits is an ordinary one. */
export const smallestSecretNumber = 10_000_000

/** Whether a key looks as if its value were a secret, or several. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key) || secretKeys.test(key)
}

/**
 * Whether a value of a configuration looks like a secret: by its own key, or by one that it stands below.
 * @param path  keys, and indexes of lists
 */
export function isSecretValue(value: unknown, path: readonly (string | number)[]): boolean {
  if (typeof value === 'string' && namesPemFile(value)) return false
  // A number behind a plural is a count: `maxTokens: 500`.
  const isSecret = typeof value === 'number' ? (key: string) => secretKey.test(key) : isSecretKey
  return path.some((step) => typeof step === 'string' && isSecret(step))
}

/** Whether a text is the name of a file in PEM form, as the `key` of `tls` is: it says where a secret is, and is none. */
export function namesPemFile(text: string): boolean {
  return /^[\w./\\~-]+\.(?:pem|key|crt|cer)$/.test(text)
}

/** Replaces the password of every URL in a text, and what its query holds behind a key that looks secret. */
export function maskCredentials(text: string): string {
  const masked = text.replace(querySecret, '$1***')
  return masked.includes('@') ? maskPasswords(masked) : masked
}

function maskPasswords(text: string): string {
  // Word by word, up to the last @: so each part is looked at once, however long the text is.
  return text.replace(/\S+/g, (part) => {
    const end = part.lastIndexOf('@') + 1
    return end === 0 ? part : part.slice(0, end).replace(urlPassword, '$1:***@') + part.slice(end)
  })
}

/** Whether a part of a text is the password of a URL, or a whole word behind a key that looks secret: `password: "…"`. */
export function isSecretPosition(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - lookBehind), start)
  if (text[end] === '@') return urlPasswordBefore.test(before)
  return secretKeyBefore.test(before) && !/\w/.test(text[end] ?? '')
}
