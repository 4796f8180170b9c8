/** Why a text was refused before it was parsed. */
export type JsonExcess = 'depth' | 'keys' | 'items'

export interface JsonLimits {
  readonly depth: number
  readonly keys: number
  readonly items: number
}

const quote = 34
const backslash = 92

/** Fewest characters of a nested level, of a key with its value, and of an item: `[]`, `"":0,` and `0,`. */
const shortest = { level: 2, key: 5, item: 2 } as const

/**
 * Whether a text that turns out to be valid JSON may exceed a limit. Most are too short for that, or have too few brackets, which
 * costs a tenth of {@link findJsonExcess}.
 */
export function mayExceed(text: string, limits: JsonLimits): boolean {
  const { length } = text
  if (length >= limits.keys * shortest.key || length >= limits.items * shortest.item) return true
  return length > limits.depth * shortest.level && hasMoreBrackets(text, limits.depth)
}

function hasMoreBrackets(text: string, most: number): boolean {
  let count = 0
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) if (++count > most) return true
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) if (++count > most) return true
  return false
}

/**
 * Finds too deep a nesting, too many keys in one object or too many items in one array, without building anything. The text need
 * not be valid; the parser decides that.
 */
export function findJsonExcess(text: string, limits: JsonLimits): JsonExcess | undefined {
  let depth = 0
  const keys: number[] = [0]
  // One item more than there are commas; what lies outside all brackets, and objects, have none.
  const items: number[] = [-Infinity]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    switch (code) {
      case quote:
        at = endOfString(text, at)
        break
      case 91: // [
      case 123: // {
        if (++depth > limits.depth) return 'depth'
        keys[depth] = 0
        items[depth] = code === 91 ? 1 : -Infinity
        break
      case 93: // ]
      case 125: // }
        if (depth > 0) depth--
        break
      case 58: // :
        if (++keys[depth]! > limits.keys) return 'keys'
        break
      case 44: // ,
        if (++items[depth]! > limits.items) return 'items'
    }
  }
  return undefined
}

/** Index of the closing quote, or of the end where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ;) {
    const end = text.indexOf('"', at)
    if (end < 0) return text.length
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end
    at = end + 1
  }
}

const token = /([{}[\],:])|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const escape = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y

type State = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'next'

/**
 * Where a text that `JSON.parse` refused stops being JSON. V8's message tells the position only at times, and quotes the input.
 */
export function findJsonErrorPosition(text: string): number {
  const open: string[] = []
  let state: State = 'value'
  for (let at = 0; ;) {
    const start = skipSpace(text, at)
    const isString = text.charCodeAt(start) === quote
    token.lastIndex = start
    const match = isString ? undefined : token.exec(text)
    const end = isString ? endOfValidString(text, start) : match ? token.lastIndex : -1
    if (end < 0) return start
    at = end
    const mark = match?.[1]
    if (mark === '}' || mark === ']') {
      const fits = state === 'next' || state === (mark === '}' ? 'first key' : 'first item')
      if (!fits || open.pop() !== mark) return start
      state = 'next'
    } else if (state === 'value' || state === 'first item') {
      if (mark === ',' || mark === ':') return start
      if (mark !== undefined) open.push(mark === '{' ? '}' : ']')
      state = mark === '{' ? 'first key' : mark === '[' ? 'first item' : 'next'
    } else if (state === 'first key' || state === 'key') {
      if (!isString) return start
      state = 'colon'
    } else if (state === 'colon') {
      if (mark !== ':') return start
      state = 'value'
    } else {
      if (mark !== ',' || open.length === 0) return start
      state = open.at(-1) === '}' ? 'key' : 'value'
    }
  }
}

/**
 * Index behind the closing quote; −1 where the string is not one of JSON: without its end, with a control character or with an
 * unknown escape. By hand, because a regular expression's repetition of alternatives runs out of stack on strings of megabytes.
 */
function endOfValidString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at + 1
    if (code < 32) return -1
    if (code !== backslash) continue
    escape.lastIndex = at + 1
    if (!escape.test(text)) return -1
    at = escape.lastIndex - 1
  }
  return -1
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++
  return at
}
