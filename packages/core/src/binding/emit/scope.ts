import type { Program } from '../../codegen/program.js'
import type { ObjectPlan } from '../../contract/object-plan.js'
import type { BindMode } from '../mode.js'

/** What emitters know of the function that they write a part of. */
export interface ObjectScope {
  readonly program: Program
  readonly mode: BindMode
  /** The variable of the instance that is being filled. */
  readonly target: string
  /** The variable of the findings; undefined as long as there are none. */
  readonly found: string
  /** The variable of what has been refused of the input. */
  readonly refusals: string
  readonly hasAccessors: boolean
  /** Whether emitted code may say what is wrong with the fields. */
  readonly tells: boolean
  /** The code of a nested class. */
  readonly nested: (plan: ObjectPlan, mode: BindMode) => NestedCode
}

/** Names under which the text refers to the code of a class. */
export interface NestedCode {
  /** The function of the same program. */
  readonly bind: string
  /** What is noted to have refused an object. */
  readonly compiled: string
}

/** The same inside one field. */
export interface Scope extends ObjectScope {
  /** The statement that gives the field up for a value of the wrong type. */
  readonly refuse: string
  /** The one that leaves it to the interpreter to say what is wrong. */
  readonly leave: string
  /** The one for an object that the code of its class has refused. */
  readonly refuseObject: (raw: string, compiled: string) => string
  /** The one for such an item of a list. */
  readonly refuseItem: (items: string, index: string, compiled: string) => string
}

export function refuseIf(condition: string, { refuse }: Pick<Scope, 'refuse'>): string {
  return `if (${condition}) ${refuse}`
}

/** Whether one pair of parentheses holds the whole expression; strings are literals, patterns constants. */
function isInParentheses(expression: string): boolean {
  let depth = 0
  for (const [part] of expression.matchAll(/"(?:[^"\\]|\\.)*"|[()]|[^"()]+/g)) {
    if (depth === 0 && part !== '(') return false
    if (part === '(') depth++
    else if (part === ')') depth--
  }
  return depth === 0
}

/** The opposite of a check. */
export function negated(check: string): string {
  let inner = check
  // Checks arrive in parentheses, at times in several pairs.
  while (inner.startsWith('((') && isInParentheses(inner) && isInParentheses(inner.slice(1, -1)))
    inner = inner.slice(1, -1)
  return isInParentheses(inner) ? `!${inner}` : `!(${inner})`
}
