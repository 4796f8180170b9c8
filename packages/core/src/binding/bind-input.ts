import type { InputField, InputPlan } from '../contract/input-plan.js'
import type { Context } from '../context/context.js'
import type { Source } from '../decorators/binding.js'
import { ValidationError, type FieldError } from '../errors/http-error.js'
import { findBodyParser, type BodyParser } from './body-parsers/find-body-parser.js'
import type { Issue } from './issue.js'
import { nestPairs } from './nest-pairs.js'
import { maxIssues, ObjectBinder, type BindMode } from './object-binder.js'
import { malformed } from './parse-pairs.js'
import { formatPath, Place } from './place.js'
import { hasBody } from './read-body.js'

const roots: Readonly<Record<Source, Place>> = {
  path: Place.root('path'),
  query: Place.root('query'),
  header: Place.root('header'),
  cookie: Place.root('cookie'),
  body: Place.root('body'),
}
const textMode: BindMode = { text: 'convert', isForm: true, unknown: 'drop' }
// Also drops a byte order mark, as the URL and JSON standards' decoders do.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Fills a new instance of the DTO, each field from its declared source only, and checks it. Gives a promise only where there is
 * a body to read or a rule returned one.
 * @throws ValidationError with every field that is wrong, up to 100; also 413 and 415 of the body
 */
export function bindInput(plan: InputPlan, ctx: Context): object | Promise<object> {
  const target = new plan.type() as object
  const binder = new ObjectBinder()
  for (const field of plan.fields) {
    if (field.source === 'body') continue
    const raw = readSource(field, ctx)
    if (raw === undefined) continue
    if (Array.isArray(raw) && raw.length > ctx.app.limits.items) {
      const message = `${field.name} has more than ${ctx.app.limits.items} items`
      throw malformed(field.source, field.name, message)
    }
    binder.fill(target, field, raw, roots[field.source], textMode)
  }
  if (plan.readsBody && hasBody(ctx.req)) return bindBody(plan, ctx, target, binder)
  return check(plan, target, binder)
}

async function bindBody(plan: InputPlan, ctx: Context, target: object, binder: ObjectBinder): Promise<object> {
  const type = ctx.headers['content-type']
  // An empty body needs no type, and whether one without a length is empty shows at its end.
  const parser = type === undefined && ctx.headers['content-length'] === undefined ? undefined : findBodyParser(type)
  const bytes = await ctx.body()
  if (bytes.length > 0) fillFromBody(plan, ctx, target, binder, bytes, parser ?? findBodyParser(type))
  return check(plan, target, binder)
}

/** The fields of one plan that the body fills. */
interface BodyFields {
  readonly wildcards: readonly InputField[]
  readonly named: readonly InputField[]
  readonly names: ReadonlySet<string>
}

const bodyFields = new WeakMap<InputPlan, BodyFields>()

function bodyFieldsOf(plan: InputPlan): BodyFields {
  const known = bodyFields.get(plan)
  if (known) return known
  const fields = plan.fields.filter(({ source }) => source === 'body')
  const named = fields.filter(({ isWildcard }) => !isWildcard)
  const wildcards = fields.filter(({ isWildcard }) => isWildcard)
  const found = { wildcards, named, names: new Set(named.map(({ name }) => name)) }
  bodyFields.set(plan, found)
  return found
}

function fillFromBody(
  plan: InputPlan,
  ctx: Context,
  target: object,
  binder: ObjectBinder,
  bytes: Buffer,
  parser: BodyParser,
): void {
  const body = parser.parse(decode(bytes), ctx.app.limits)
  const mode: BindMode = {
    text: parser.isForm ? 'convert' : 'strict',
    isForm: parser.isForm,
    unknown: ctx.app.unknownKeys,
  }
  const { wildcards, named, names } = bodyFieldsOf(plan)
  for (const field of wildcards) binder.fill(target, field, body, roots.body, mode)
  if (named.length === 0) return
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const message = `The body must be an object, and is ${body === null ? 'null' : Array.isArray(body) ? 'an array' : `a ${typeof body}`}`
    throw new ValidationError([{ in: 'body', field: '', code: 'type', message }])
  }
  for (const field of named) {
    // Inherited names such as `constructor` are no input.
    const value = Object.hasOwn(body, field.name) ? (body as Record<string, unknown>)[field.name] : undefined
    if (value !== undefined) binder.fill(target, field, value, roots.body, mode)
  }
  if (mode.unknown === 'reject' && wildcards.length === 0) binder.rejectUnknown(names, target, body, roots.body)
}

function check(plan: InputPlan, target: object, binder: ObjectBinder): object | Promise<object> {
  for (const field of plan.fields) binder.checkField(field, target, roots[field.source])
  binder.reportUnknown(target)
  const issues = binder.finish()
  return issues instanceof Promise ? issues.then((late) => accept(target, late)) : accept(target, issues)
}

function accept(target: object, issues: readonly Issue[]): object {
  if (issues.length === 0) return target
  throw new ValidationError(issues.slice(0, maxIssues).map(toFieldError))
}

function toFieldError({ place, code, message }: Issue): FieldError {
  return { in: place.source!, field: formatPath(place.path()), code, message }
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed('body', '', 'The body is not valid UTF-8')
  }
}

/** Undefined where the request does not have it. */
function readSource(field: InputField, ctx: Context): unknown {
  const { name, source, isWildcard } = field
  switch (source) {
    case 'path':
      return isList(field) ? splitList(ctx.params[name]) : ctx.params[name]
    case 'query':
      return isWildcard ? nestPairs(ctx.query, ctx.app.limits, 'query') : readQuery(field, ctx)
    case 'header':
      if (isWildcard) return { ...ctx.headers }
      return isList(field)
        ? splitHeader(ctx.headers[name])
        : Object.hasOwn(ctx.headers, name)
          ? ctx.headers[name]
          : undefined
    case 'cookie':
      if (isWildcard) return { ...ctx.cookies }
      return isList(field) ? splitList(ctx.cookies[name]) : ctx.cookies[name]
    case 'body':
      return undefined
  }
}

function readQuery(field: InputField, ctx: Context): unknown {
  const { query } = ctx
  const value = query[field.name]
  const { kind } = field.type
  if (isList(field)) {
    if (value !== undefined) return typeof value === 'string' ? splitList(value) : value
    return readNested(field, ctx)
  }
  if (value !== undefined || (kind !== 'any' && kind !== 'map' && kind !== 'object' && kind !== 'union')) return value
  return readNested(field, ctx)
}

/** `filter[a]=1&filter[b]=2` as one object, where a query has any of it. */
function readNested({ name }: InputField, { query, app }: Context): unknown {
  const prefix = `${name}[`
  const own = Object.entries(query).filter(([key]) => key.startsWith(prefix))
  return own.length === 0 ? undefined : nestPairs(Object.fromEntries(own), app.limits, 'query')[name]
}

function isList({ type }: InputField): boolean {
  return type.kind === 'array' || type.kind === 'set'
}

/** One value with commas. A value that has a comma itself is sent by repeating the name, or as `name[]`. */
function splitList(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : value === '' ? [] : value.split(',')
}

/** Repeated headers arrive joined; spaces around the commas are not part of the values. RFC 9110 §5.6.1. */
function splitHeader(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? splitList(value.trim())?.map((item) => item.trim()) : value
}
