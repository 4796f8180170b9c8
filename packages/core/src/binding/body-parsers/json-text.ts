/** Why a text was refused before it was parsed. */
export type JsonExcess = 'depth' | 'keys'

const quote = 34
const backslash = 92

/**
 * Finds too deep a nesting, or too many keys in one object, without building anything. Arrays count for depth only. The text
 * need not be valid; the parser decides that.
 */
export function findJsonExcess(
  text: string,
  limits: { readonly depth: number; readonly keys: number },
): JsonExcess | undefined {
  let depth = 0
  const keys: number[] = [0]
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case 91: // [
      case 123: // {
        if (++depth > limits.depth) return 'depth'
        keys[depth] = 0
        break
      case 93: // ]
      case 125: // }
        if (depth > 0) depth--
        break
      case 58: // :
        if (++keys[depth]! > limits.keys) return 'keys'
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

const token =
  // eslint-disable-next-line no-control-regex -- JSON allows no control characters in its strings
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y

type State = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'next'

/**
 * Where a text that `JSON.parse` refused stops being JSON. V8's message tells the position only at times, and quotes the input.
 */
export function findJsonErrorPosition(text: string): number {
  const open: string[] = []
  let state: State = 'value'
  token.lastIndex = 0
  for (;;) {
    const start = skipSpace(text, token.lastIndex)
    const match = token.exec(text)
    if (!match) return start
    const [, mark, string] = match
    if (mark === '}' || mark === ']') {
      const fits = state === 'next' || state === (mark === '}' ? 'first key' : 'first item')
      if (!fits || open.pop() !== mark) return start
      state = 'next'
    } else if (state === 'value' || state === 'first item') {
      if (mark === ',' || mark === ':') return start
      if (mark !== undefined) open.push(mark === '{' ? '}' : ']')
      state = mark === '{' ? 'first key' : mark === '[' ? 'first item' : 'next'
    } else if (state === 'first key' || state === 'key') {
      if (string === undefined) return start
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

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++
  return at
}
