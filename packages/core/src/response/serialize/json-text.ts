/** What JSON escapes; one half of a surrogate pair too, so that the text can always be encoded. */
// eslint-disable-next-line no-control-regex -- control characters are among what JSON escapes
export const escaped = /["\\\u0000-\u001f\ud800-\udfff]/

/**
 * A text as JSON.stringify writes it. Most need no escape, and then the test and two quotes take about half of the call; a loop over
 * the characters is faster for a handful of them and slower for more.
 */
export function quote(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`
}

/**
 * The JSON text of any value; undefined for what JSON has no form of. A bigint becomes text: most readers would round the number
 * without a word, and a field that is bound as a bigint takes the text back.
 */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // Either a bigint is in it, or the value contains itself, and then this fails in the same way. A replacer for every value
    // would make all of them pay for the bigint.
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item))
  }
}

/** `,"key":value` for the inside of an object; nothing where the value has no JSON form. `name` needs no escape. */
export function jsonMember(name: string, value: unknown): string {
  const text = typeof value === 'string' ? quote(value) : toJson(value)
  return text === undefined ? '' : `,"${name}":${text}`
}

/** An object that says itself what stands for it. */
export function hasToJson(value: object): value is { toJSON(key?: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}
