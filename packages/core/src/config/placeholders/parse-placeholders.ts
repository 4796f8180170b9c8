import { parsePath, type ConfigPath } from '../tree/config-path.js'

/** What stands between `${` and `}`. Its text may be shown: it is what was written, the default of a variable left out. */
export type Placeholder =
  | { readonly kind: 'variable'; readonly text: string; readonly name: string; readonly fallback: string | undefined }
  | { readonly kind: 'config'; readonly text: string; readonly path: ConfigPath }
  | { readonly kind: 'secret'; readonly text: string; readonly provider: string; readonly key: string }

/** A placeholder that cannot be understood. */
export interface PlaceholderMistake {
  readonly kind: 'mistake'
  /** From `${` on, as it was written. */
  readonly text: string
  /** What is wrong with it, its text left out. */
  readonly problem: (text: string) => string
  readonly fix: string
}

const pattern = /\$\$\{|\$\{([^}]*)(\}?)/g
const variable = /^([A-Za-z_]\w*)(?::([^]*))?$/
const secret = /^secret:([\w-]+):([^]+)$/
const forms = 'Write ${NAME}, ${NAME:default}, ${config:path} or ${secret:provider:key}; a literal ${ is written $${.'

/** Splits a text into what is kept and what is replaced. `$${` stands for `${`. */
export function parsePlaceholders(text: string): readonly (string | Placeholder | PlaceholderMistake)[] {
  const parts: (string | Placeholder | PlaceholderMistake)[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push(text.slice(end, match.index))
    const [whole, content, brace] = match
    parts.push(content === undefined ? '${' : parse(whole, content, brace === '}'))
    end = match.index + whole.length
  }
  if (end < text.length) parts.push(text.slice(end))
  return parts
}

function parse(text: string, content: string, isClosed: boolean): Placeholder | PlaceholderMistake {
  if (!isClosed) return mistake(text, (it) => `${it} has no closing }`)
  if (content.startsWith('secret:')) {
    const [, provider, key] = secret.exec(content) ?? []
    if (provider === undefined || key === undefined) return mistake(text, (it) => `${it} does not name a secret`)
    return { kind: 'secret', text, provider, key }
  }
  if (content.startsWith('config:')) {
    const path = parsePath(content.slice('config:'.length))
    if (!path) return mistake(text, (it) => `${it} does not name a value of the configuration`)
    return { kind: 'config', text, path }
  }
  const [, name, fallback] = variable.exec(content) ?? []
  if (name === undefined) return mistake(text, (it) => `${it} does not name an environment variable`)
  if (fallback?.includes('${')) {
    const fix = 'A default is plain text: give the first variable a value, or leave the second one out.'
    return { kind: 'mistake', text, problem: (it) => `the default of ${it} holds another variable`, fix }
  }
  // A default may be a secret.
  return { kind: 'variable', text: fallback === undefined ? text : `\${${name}:…}`, name, fallback }
}

function mistake(text: string, problem: PlaceholderMistake['problem']): PlaceholderMistake {
  return { kind: 'mistake', text, problem, fix: forms }
}

/** What `${secret:provider:key}` asks for. */
export type SecretName = Pick<Extract<Placeholder, { kind: 'secret' }>, 'provider' | 'key'>

/** The secrets that a text asks for. */
export function secretsIn(text: string): SecretName[] {
  if (!text.includes('${secret:')) return []
  return parsePlaceholders(text).flatMap((part) => (typeof part === 'object' && part.kind === 'secret' ? part : []))
}
