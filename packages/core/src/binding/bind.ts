import type { ObjectPlan } from '../contract/input-plan.js'
import { readObjectPlan } from '../contract/read-input-plan.js'
import type { Class } from '../decorators/metadata.js'
import { throwProblems } from '../errors/boot-error.js'
import { E_RULE_ASYNC } from '../errors/catalogue/binding.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { compiledObject, defaultEngine, type CompiledObject, type Engine } from './compile-object.js'
import type { Issue } from './issue.js'
import { modeIndex, type BindMode } from './mode.js'
import { interpretObject } from './object-binder.js'
import { Place } from './place.js'
import { hasOwnRules, prepare } from './prepare.js'
import { toValidationError } from './validation-failure.js'

export interface BindOptions {
  /** What happens to keys that the class does not declare, at every depth. Default `drop`. */
  readonly unknown?: 'drop' | 'reject'
  /** `convert` reads numbers and booleans from text where the field asks for them. Default `strict`, as for JSON. */
  readonly text?: 'strict' | 'convert'
}

/**
 * Makes an instance of a class from plain data, such as a queue's message or a file, and checks its rules, exactly as the JSON body
 * of a request is bound. The data is not changed. Fields with `@Path`, `@Query`, `@Header` or `@Cookie` are left out.
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
  if (bound instanceof Failure) throw toValidationError(bound.issues)
  if (!(bound instanceof Promise)) return bound as T
  // The promise is of no use any more; its rejection must not end the process.
  bound.catch(() => undefined)
  throw lokstraError(E_RULE_ASYNC, { type: type.name })
}

/** As {@link bind}, for classes with asynchronous rules. */
export async function bindAsync<T extends object>(type: Class<T>, value: unknown, options?: BindOptions): Promise<T> {
  const bound = await bindWith(defaultEngine, type, value, options)
  if (bound instanceof Failure) throw toValidationError(bound.issues)
  return bound as T
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
    const problems: LokstraError[] = []
    const plan = readObjectPlan(type, problems)
    throwProblems(problems)
    binding = { plan, asksOwnRules: hasOwnRules(prepare(plan)), compiled: [] }
    bindings.set(type, binding)
  }
  return binding
}

export class Failure {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    this.issues = issues
  }
}

/** A promise only where a rule returned one. */
export function bindWith(
  engine: Engine,
  type: Class,
  value: unknown,
  { unknown = 'drop', text = 'strict' }: BindOptions = {},
): object | Promise<object> {
  const { plan, asksOwnRules, compiled } = bindingOf(type)
  const mode: BindMode = { text, isForm: false, unknown }
  if (engine === 'compiled' && !asksOwnRules) {
    const accepted = (compiled[modeIndex(mode)] ??= compiledObject(plan, mode)).bind(value)
    if (accepted) return accepted
  }
  const { target, issues } = interpretObject(plan, value, root, mode, engine)
  return issues instanceof Promise ? issues.then((late) => accept(target, late)) : accept(target, issues)
}

function accept(target: object | undefined, issues: readonly Issue[]): object {
  return issues.length === 0 ? target! : new Failure(issues)
}
