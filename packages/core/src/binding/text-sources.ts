import type { InputField } from '../contract/input-plan.js'
import type { Context } from '../context/context.js'
import { nestPairs } from './nest-pairs.js'
import { readName } from './raw-value.js'

/** What a request says in text, before commas divide it. Undefined where it does not have it. */
export function readSource(field: InputField, ctx: Context): unknown {
  const { name, source, isWildcard } = field
  switch (source) {
    case 'path':
      return readName(ctx.params, name)
    case 'query':
      if (isWildcard) return wholeQuery(ctx)
      return readName(ctx.query, name) ?? (mayBeNested(field) ? nestedQuery(ctx, name) : undefined)
    case 'header':
      return isWildcard ? { ...ctx.headers } : readName(ctx.headers, name)
    case 'cookie':
      return isWildcard ? { ...ctx.cookies } : readName(ctx.cookies, name)
    case 'body':
      return undefined
  }
}

/** What holds the values of a source: a property of the context. */
export const holders = { path: 'params', query: 'query', header: 'headers', cookie: 'cookies' } as const

/** What holds the value of a field, for its transforms. */
export function holderOf({ source }: InputField, ctx: Context): unknown {
  return source === 'body' ? undefined : ctx[holders[source]]
}

export function wholeQuery(ctx: Context): unknown {
  return nestPairs(ctx.query, ctx.app.limits, 'query')
}

/** Whether names with brackets may say what the plain name does not. */
export function mayBeNested({ type: { kind } }: InputField): boolean {
  return kind === 'array' || kind === 'set' || kind === 'any' || kind === 'map' || kind === 'object' || kind === 'union'
}

/** `filter[a]=1&filter[b]=2` as one object, where a query has any of it. */
export function nestedQuery({ query, app }: Context, name: string): unknown {
  const prefix = `${name}[`
  let own: Record<string, string | string[]> | undefined
  for (const key in query) {
    if (!key.startsWith(prefix)) continue
    own ??= Object.create(null) as Record<string, string | string[]>
    own[key] = query[key]!
  }
  return own && nestPairs(own, app.limits, 'query')[name]
}

/** How the text of a list is divided; undefined for what is no list. */
export function listSplitter({ type, source, isWildcard }: InputField): ((raw: unknown) => unknown) | undefined {
  if (source === 'body' || isWildcard || (type.kind !== 'array' && type.kind !== 'set')) return undefined
  return source === 'header' ? splitHeader : splitList
}

/** One value with commas. A value that has a comma itself is sent by repeating the name, or as `name[]`. */
function splitList(raw: unknown): unknown {
  return typeof raw !== 'string' ? raw : raw === '' ? [] : raw.split(',')
}

/** Repeated headers arrive joined; spaces around the commas are not part of the values. RFC 9110 §5.6.1. */
function splitHeader(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw
  const text = raw.trim()
  return text === '' ? [] : text.split(',').map((item) => item.trim())
}
