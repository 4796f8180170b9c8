import type { ObjectPlan } from '../contract/input-plan.js'
import { E_RULE_ASYNC } from '../errors/catalogue/binding.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Issue } from './issue.js'
import type { BindMode } from './mode.js'
import { interpretObject } from './object-binder.js'
import { Place } from './place.js'
import { Refusals } from './refusals.js'

/** Something wrong with one value. */
export interface BindIssue {
  /** Keys and indices from the root; empty for the value as a whole. */
  readonly path: readonly (string | number)[]
  /** `required`, `type`, `unknown`, or the rule's name. */
  readonly code: string
  readonly message: string
  readonly value: unknown
  /** The type asked for, in words. */
  readonly expected?: string
  /** The keys that are known where `code` is `unknown`. */
  readonly candidates?: readonly string[]
}

export interface BindObjectOptions {
  /** What happens to keys that the class does not declare, at every depth. */
  readonly unknown: 'drop' | 'reject'
  /**
   * `convert` reads numbers, booleans and lists of scalars from text where the field asks for them; `strict` keeps JSON types apart.
   */
  readonly text: 'convert' | 'strict'
}

/**
 * Makes an instance of the plan's class from plain data and checks its rules. Undefined counts as an empty object. Interpreted: it
 * serves what is read once, such as configuration, and to compile takes as long as to interpret thirty inputs.
 * With issues, the value is what could be bound.
 * @throws LokstraError E_RULE_ASYNC where a rule needs to be awaited
 */
export function bindObject(
  plan: ObjectPlan,
  value: unknown,
  options: BindObjectOptions,
): { value: object; issues: BindIssue[] } {
  const mode: BindMode = { ...options, isForm: false, listText: options.text === 'convert' }
  const { target, issues } = interpretObject(
    plan,
    value === undefined ? {} : value,
    Place.root(),
    mode,
    new Refusals(),
    'interpreted',
  )
  if (issues instanceof Promise) {
    // The promise is of no use any more; its rejection must not end the process.
    issues.catch(() => undefined)
    throw lokstraError(E_RULE_ASYNC, { type: plan.type.name })
  }
  return { value: target ?? (new plan.type() as object), issues: issues.map(toBindIssue) }
}

function toBindIssue({ place, code, message, value, expected, candidates }: Issue): BindIssue {
  return {
    path: place.path(),
    code,
    message,
    value,
    ...(expected === undefined ? undefined : { expected }),
    ...(candidates === undefined ? undefined : { candidates }),
  }
}
