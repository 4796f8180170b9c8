import type { ObjectPlan } from '../contract/object-plan.js'
import type { Engine } from './compile-object.js'
import { Conversion } from './conversion.js'
import type { Issue } from './issue.js'
import type { BindMode } from './mode.js'
import type { Place } from './place.js'
import { hasOwnRules, prepare, type PreparedField, type PreparedObject } from './prepare.js'
import type { Refusals } from './refusals.js'
import { RuleCheck, type RuleChoice } from './rule-check.js'

/**
 * Interprets plans: first all types, then all rules, so that no rule sees a value, or a property beside it, of the wrong type. It
 * says what is wrong with input that emitted code does not accept, and serves alone where no code may be generated. One instance
 * serves one input.
 */
export class ObjectBinder {
  readonly conversion: Conversion
  readonly #issues: Issue[] = []
  readonly #rules: RuleCheck

  /**
   * @param stopsEarly  see {@link ObjectBinder.mustRestart}
   * @param refusals  what emitted code has found out about the input
   */
  constructor(engine: Engine, stopsEarly: boolean, refusals: Refusals) {
    this.conversion = new Conversion(engine, stopsEarly, refusals)
    this.#rules = new RuleCheck(engine, this.conversion, this.#issues)
  }

  /**
   * Whether another binder has to do it again, without stopping early: of a list with a hundred items that emitted code refuses no
   * more are looked at, and here the interpreter has found nothing wrong with these.
   */
  get mustRestart(): boolean {
    return this.conversion.hasStopped && this.#issues.length === 0
  }

  /** Makes an instance and checks it. Undefined, with an issue, where the value is no object. */
  bind(plan: ObjectPlan, raw: unknown, place: Place, mode: BindMode): object | undefined {
    const target = this.conversion.object(plan, raw, place, mode, this.#issues)
    if (!target) return undefined
    const interpreted = this.conversion.interpretedOf(target)
    if (interpreted) this.#rules.checkObject(interpreted.object!, target, place, 'open')
    else if (hasOwnRules(prepare(plan))) this.#rules.checkObject(prepare(plan), target, place, 'own')
    return target
  }

  /** Runs the rules of an instance and of all that is nested in it. */
  check(
    object: PreparedObject,
    target: object,
    parent: Place | ((field: PreparedField) => Place),
    choice: RuleChoice,
  ): void {
    this.#rules.checkObject(object, target, parent, choice)
  }

  /** All issues, by field; those of asynchronous rules last. A promise only where a rule returned one. */
  finish(): readonly Issue[] | Promise<readonly Issue[]> {
    return this.#rules.finish()
  }
}

/** Whether a binder may stop early. Rules of users run once: nothing is done again where there are any. */
export function mayStopEarly(engine: Engine, plan: ObjectPlan): boolean {
  return engine === 'compiled' && !hasOwnRules(prepare(plan))
}

/** Binds plain data; what could be bound, undefined where the value is no object. Issues are a promise only where a rule gave one. */
export function interpretObject(
  plan: ObjectPlan,
  raw: unknown,
  place: Place,
  mode: BindMode,
  refusals: Refusals,
  engine: Engine,
): { readonly target: object | undefined; readonly issues: readonly Issue[] | Promise<readonly Issue[]> } {
  let binder = new ObjectBinder(engine, mayStopEarly(engine, plan), refusals)
  let target = binder.bind(plan, raw, place, mode)
  if (binder.mustRestart) {
    binder = new ObjectBinder(engine, false, refusals)
    target = binder.bind(plan, raw, place, mode)
  }
  return { target, issues: binder.finish() }
}
