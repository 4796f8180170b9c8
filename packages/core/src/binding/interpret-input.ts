import type { InputField, InputPlan } from '../contract/input-plan.js'
import type { Context } from '../context/context.js'
import type { Source } from '../decorators/binding.js'
import { validationError, type ValidationError } from '../errors/http-error.js'
import { isRecord } from '../objects/is-record.js'
import type { Engine } from './compile-object.js'
import { InvalidInput } from './invalid-input.js'
import type { Issue } from './issue.js'
import { textMode, type BindMode } from './mode.js'
import { mayStopEarly, ObjectBinder } from './object-binder.js'
import { malformed } from './parse-pairs.js'
import { Place } from './place.js'
import { prepare, wrongFields, type PreparedField, type PreparedObject } from './prepare.js'
import { readKey } from './raw-value.js'
import { Refusals, type Refusal } from './refusals.js'
import { invalid } from './scalar.js'
import { holderOf, listSplitter, readSource } from './text-sources.js'
import { applyTransforms } from './transform.js'
import { toValidationError } from './validation-failure.js'

/** The parsed body of a request. */
export interface ReceivedBody {
  readonly value: unknown
  readonly mode: BindMode
}

const roots: Readonly<Record<Source, Place>> = {
  path: Place.root('path'),
  query: Place.root('query'),
  header: Place.root('header'),
  cookie: Place.root('cookie'),
  body: Place.root('body'),
}
const rootOf = ({ plan }: PreparedField) => roots[(plan as InputField).source]

/**
 * Fills a new instance of the DTO, each field from its declared source only, and checks it.
 * @param refusals  what emitted code has found out about the objects in the input
 * @param refused  what it has found out about the DTO: the rest is right
 * @returns a promise where a rule returned one; an {@link InvalidInput} where fields are wrong, with up to 100 of them
 */
export function interpretInput(
  plan: InputPlan,
  ctx: Context,
  body: ReceivedBody | undefined,
  engine: Engine,
  refusals: Refusals,
  refused?: Refusal,
): object | Promise<object> {
  let binder = new ObjectBinder(engine, mayStopEarly(engine, plan), refusals)
  let target = fill(plan, ctx, body, binder, refused)
  if (binder.mustRestart) {
    binder = new ObjectBinder(engine, false, refusals)
    target = fill(plan, ctx, body, binder, undefined)
  }
  return settle(binder, target)
}

function fill(
  plan: InputPlan,
  ctx: Context,
  body: ReceivedBody | undefined,
  binder: ObjectBinder,
  refused: Refusal | undefined,
): object {
  const object = prepare(plan)
  const refusal = plan.hasFixedShape ? refused : undefined
  const target = refusal?.target ?? (new plan.type() as object)
  const wrong = refusal?.findings.wrong
  binder.conversion.interprets(target, object, wrong)
  const fields = wrongFields(object, wrong)
  for (const field of fields) fillFromText(field, ctx, target, binder)
  fillFromBody(object, fields, body, target, binder)
  binder.check(object, target, rootOf, 'open')
  return target
}

/** Runs the rules that emitted code does not ask, on an instance that it has accepted. */
export function checkOwnRules(plan: InputPlan, target: object, engine: Engine): object | Promise<object> {
  const binder = new ObjectBinder(engine, false, new Refusals())
  binder.check(prepare(plan), target, rootOf, 'own')
  return settle(binder, target)
}

function fillFromText(field: PreparedField, ctx: Context, target: object, binder: ObjectBinder): void {
  const plan = field.plan as InputField
  if (plan.source === 'body') return
  const raw = readSource(plan, ctx)
  const transformed =
    raw === undefined || plan.transforms.length === 0 ? raw : applyTransforms(plan, raw, holderOf(plan, ctx))
  const split = transformed === invalid ? undefined : listSplitter(plan)
  const value = split ? split(transformed) : transformed
  if (Array.isArray(value) && value.length > ctx.app.limits.items) {
    throw malformed(plan.source, plan.name, `${plan.name} has more than ${ctx.app.limits.items} items`)
  }
  if (value === undefined) binder.conversion.keep(target, field)
  else binder.conversion.set(target, field, value, transformed === invalid ? raw : value, roots[plan.source], textMode)
}

function fillFromBody(
  object: PreparedObject,
  wrong: readonly PreparedField[],
  body: ReceivedBody | undefined,
  target: object,
  binder: ObjectBinder,
): void {
  const fields = wrong.filter(isOfBody)
  const { conversion } = binder
  if (!body) {
    for (const field of fields) conversion.keep(target, field)
    return
  }
  const { value, mode } = body
  for (const field of fields) if (field.isWildcard) conversion.fill(target, field, value, value, roots.body, mode)
  const names = bodyNames(object)
  if (names.size === 0) return
  if (!isRecord(value)) throw notAnObject(value)
  for (const field of fields) {
    if (field.isWildcard) continue
    const raw = readKey(value, field)
    if (raw === undefined) conversion.keep(target, field)
    else conversion.fill(target, field, raw, value, roots.body, mode)
  }
  const takesAll = object.fields.some((field) => isOfBody(field) && field.isWildcard)
  if (mode.unknown === 'reject' && !takesAll) conversion.rejectUnknown({ names }, target, value, roots.body)
}

function isOfBody({ plan }: PreparedField): boolean {
  return (plan as InputField).source === 'body'
}

/** Wire names of the fields that the body fills. */
export function bodyNames({ fields }: PreparedObject): ReadonlySet<string> {
  const named = fields.filter((field) => isOfBody(field) && !field.isWildcard)
  return new Set(named.map(({ name }) => name))
}

function notAnObject(body: unknown): ValidationError {
  const what = body === null ? 'null' : Array.isArray(body) ? 'an array' : `a ${typeof body}`
  return validationError([
    { in: 'body', field: '', code: 'type', message: `The body must be an object, and is ${what}` },
  ])
}

function settle(binder: ObjectBinder, target: object): object | Promise<object> {
  const issues = binder.finish()
  if (issues instanceof Promise) return issues.then((late) => accept(target, late))
  return accept(target, issues)
}

function accept(target: object, issues: readonly Issue[]): object {
  return issues.length === 0 ? target : new InvalidInput(toValidationError(issues))
}
