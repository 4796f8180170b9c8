import type { Program } from '../../codegen/program.js'
import type { ObjectPlan } from '../../contract/input-plan.js'
import type { BindMode } from '../mode.js'

/** What emitters know of the function that they write a part of. */
export interface ObjectScope {
  readonly program: Program
  readonly mode: BindMode
  /** The variable of the instance that is being filled. */
  readonly target: string
  /** The variable of the indices of wrong fields; undefined as long as there are none. */
  readonly wrong: string
  readonly hasAccessors: boolean
  /** The name under which the text refers to what binds a nested class. */
  readonly nested: (plan: ObjectPlan, mode: BindMode) => string
}

/** The same inside one field. */
export interface Scope extends ObjectScope {
  /** The statement that gives the field up. */
  readonly refuse: string
}

export function refuseIf(condition: string, { refuse }: Pick<Scope, 'refuse'>): string {
  return `if (${condition}) ${refuse}`
}

/** A statement with a block. */
export function block(head: string, lines: readonly string[]): readonly string[] {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), '}']
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
