import { secretNames } from './secret-names.js'

const word = `(?:${[...secretNames, 'credentials', 'key', 'dsn'].join('|')})`
const secretKey = new RegExp(`${word}$`, 'i')
const secretKeyBefore = new RegExp(`${word}\\\\*["'\`]?\\s*[:=]\\s*\\\\*["'\`]?$`, 'i')
/** Up to the last @ before the host ends: passwords may hold one. */
const urlPassword = /(:\/\/[^:@/]*):[^@]*@(?:[^@/?#,]*@)*/g
const urlPasswordBefore = /:\/\/[^\s:@/]*:$/
/** Of the characters before a value, as many as may say what it is. */
const lookBehind = 200

/** Whether a key looks as if its value were a secret. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key)
}

/**
 * Whether a value of a configuration looks like a secret: by its own key, or by one that it stands below.
 * @param path  keys, and indexes of lists
 */
export function isSecretValue(value: unknown, path: readonly (string | number)[]): boolean {
  if (typeof value === 'string' && namesPemFile(value)) return false
  return path.some((step) => typeof step === 'string' && isSecretKey(step))
}

/** Whether a text is the name of a file in PEM form, as the `key` of `tls` is: it says where a secret is, and is none. */
export function namesPemFile(text: string): boolean {
  return /^[\w./\\~-]+\.(?:pem|key|crt|cer)$/.test(text)
}

/** Replaces the password of every URL in a text. */
export function maskCredentials(text: string): string {
  if (!text.includes('@')) return text
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
