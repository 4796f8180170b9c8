import type { ObjectPlan } from '../contract/object-plan.js'
import { readObjectPlan } from '../contract/read-input-plan.js'
import { isOwnClass } from '../contract/read-value-type.js'
import type { Class } from '../decorators/metadata.js'
import { throwProblems } from '../errors/boot-error.js'
import { E_INPUT_EMPTY, E_INPUT_NOT_CLASS, E_RULE_ASYNC } from '../errors/catalogue/binding.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { compiledObject, defaultEngine, type CompiledObject, type Engine } from './compile-object.js'
import { InvalidInput } from './invalid-input.js'
import type { Issue } from './issue.js'
import { modeIndex, type BindMode } from './mode.js'
import { interpretObject } from './object-binder.js'
import { Place } from './place.js'
import { hasOwnRules, prepare } from './prepare.js'
import { Refusals } from './refusals.js'
import { toldError, toValidationError } from './validation-failure.js'

/** How strictly `bind` and `bindAsync` read data. */
export interface BindOptions {
  /** What happens to keys that the class does not declare, at every depth. Default `drop`. */
  readonly unknown?: 'drop' | 'reject'
  /** `convert` reads numbers and booleans from text where the field asks for them. Default `strict`, as for JSON. */
  readonly text?: 'strict' | 'convert'
}

/**
 * Makes an instance of a class from plain data, such as a queue's message or a file, and checks its rules, exactly as the JSON body
 * of a request is bound. The data is not changed. The class has no fields with `@Path`, `@Query`, `@Header` or `@Cookie`.
 *
 * @example
 * const order = bind(Order, JSON.parse(message))
 *
 * @throws ValidationError with every field that is wrong, up to 100
 * @throws LokstraError E_RULE_ASYNC where a rule returned a promise: use {@link bindAsync}; others where the class cannot be bound
 */
export function bind<T extends object>(type: Class<T>, value: unknown, options?: BindOptions): T {
  const bound = bindWith(defaultEngine, type, value, options)
  // Thrown here and not below: what is thrown through several functions costs a microsecond more.
  if (bound instanceof InvalidInput) throw bound.error
  if (bound instanceof Promise) throw asyncRule(type, bound)
  return bound as T
}

/** As {@link bind}, for classes with asynchronous rules. */
export async function bindAsync<T extends object>(type: Class<T>, value: unknown, options?: BindOptions): Promise<T> {
  return (await bindWith(defaultEngine, type, value, options)) as T
}

/**
 * As {@link bind}, with a list of what is wrong beside what could be bound. Undefined counts as an empty object, and with `convert` text
 * as a list of scalars, too. Interpreted: it serves what is read once, such as configuration, and to compile takes as long as to interpret
 * thirty inputs.
 * @throws LokstraError E_RULE_ASYNC where a rule needs to be awaited
 */
export function bindObject(
  plan: ObjectPlan,
  value: unknown,
  { unknown, text }: Required<BindOptions>,
): { readonly value: object; readonly issues: readonly Issue[] } {
  const mode: BindMode = { unknown, text, isForm: false, listText: text === 'convert' }
  const raw = value === undefined ? {} : value
  const { target, issues } = interpretObject(plan, raw, Place.root(), mode, new Refusals(), 'interpreted')
  if (issues instanceof Promise) throw asyncRule(plan.type, issues)
  return { value: target ?? (new plan.type() as object), issues: issues.map((issue) => asWritten(issue, raw)) }
}

/**
 * As {@link bindObject}, of JSON, and with rules that need to be awaited: for what crosses to another system, whose time counts more than
 * that of the interpreter.
 */
export async function bindPlan(
  plan: ObjectPlan,
  value: object,
): Promise<{ readonly value: object; readonly issues: readonly Issue[] }> {
  const mode: BindMode = { unknown: 'drop', text: 'strict', isForm: false }
  const { target, issues } = interpretObject(plan, value, Place.root(), mode, new Refusals(), 'interpreted')
  return { value: target ?? value, issues: await issues }
}

/** With the text that a value was converted from. Whoever masks a secret knows it as that, not as a number or by the items of a list. */
function asWritten(issue: Issue, raw: unknown): Issue {
  let written = raw
  for (const step of issue.place.path()) {
    if (typeof written !== 'object' || written === null) break
    written = (written as Readonly<Record<string | number, unknown>>)[step]
  }
  return typeof written === 'string' ? { ...issue, value: written } : issue
}

function asyncRule(type: Class, promise: Promise<unknown>): LokstraError {
  // It is of no use any more; its rejection must not end the process.
  promise.catch(() => undefined)
  return lokstraError(E_RULE_ASYNC, { type: type.name })
}

const root = Place.root('body')

/** What is known of a class once it has been bound. */
interface ClassBinding {
  readonly plan: ObjectPlan
  readonly asksOwnRules: boolean
  /** By {@link modeIndex}. */
  readonly compiled: (CompiledObject | undefined)[]
}

const bindings = new WeakMap<Class, ClassBinding>()

function bindingOf(type: Class): ClassBinding {
  let binding = bindings.get(type)
  if (!binding) {
    if (!isOwnClass(type)) {
      throw lokstraError(E_INPUT_NOT_CLASS, { type: describeGiven(type), where: 'The first argument of bind()' })
    }
    const problems: LokstraError[] = []
    const plan = readObjectPlan(type, problems)
    if (plan.fields.length === 0 && problems.length === 0) {
      problems.push(lokstraError(E_INPUT_EMPTY, { type: type.name, where: 'The first argument of bind()' }))
    }
    throwProblems(problems)
    binding = { plan, asksOwnRules: hasOwnRules(prepare(plan)), compiled: [] }
    bindings.set(type, binding)
  }
  return binding
}

function describeGiven(type: unknown): string {
  return typeof type === 'function' ? type.name || 'a function' : String(type)
}

/** A promise only where a rule returned one; an {@link InvalidInput} where the value is wrong. */
export function bindWith(
  engine: Engine,
  type: Class,
  value: unknown,
  { unknown = 'drop', text = 'strict' }: BindOptions = {},
): object | Promise<object> {
  const { plan, asksOwnRules, compiled } = bindingOf(type)
  const mode: BindMode = { text, isForm: false, unknown }
  const refusals = new Refusals()
  if (engine === 'compiled' && !asksOwnRules) {
    const own = (compiled[modeIndex(mode)] ??= compiledObject(plan, mode))
    const accepted = own.bind(value, refusals)
    if (accepted) return accepted
    const complaints = refusals.last(value, own)?.findings.complaints
    if (complaints) return new InvalidInput(toldError(complaints, 'body'))
  }
  const { target, issues } = interpretObject(plan, value, root, mode, refusals, engine)
  return issues instanceof Promise ? issues.then((late) => accept(target, late)) : accept(target, issues)
}

function accept(target: object | undefined, issues: readonly Issue[]): object {
  return issues.length === 0 ? target! : new InvalidInput(toValidationError(issues))
}
