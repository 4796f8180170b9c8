import type { Class } from '@lokstra/core'

import { applies, evaluateRule, readRules } from '../binding/internals.js'

type Rule = Parameters<typeof evaluateRule>[0]
type BrokenRule = NonNullable<Awaited<ReturnType<typeof evaluateRule>>>

/** One broken rule of an object graph. */
export interface RuleFailure {
  /** Properties and indices from the root. */
  readonly path: readonly string[]
  readonly value: unknown
  readonly code: string
  readonly message: string
  readonly context: unknown
}

/**
 * Checks an instance as class-validator's `validate` does, unknown values forbidden, and lists what is broken. Gives a promise
 * only when a rule returned one. A validator that throws makes this throw.
 */
export function runRules(object: object): readonly RuleFailure[] | Promise<readonly RuleFailure[]> {
  const run = new Run()
  run.object(object, [])
  return run.pending.length > 0 ? run.settle() : run.failures()
}

/** What one property got: class-validator's ValidationError, flat. Broken rules of one name replace each other, as there. */
interface Check {
  readonly path: readonly string[]
  readonly value: unknown
  readonly broken: Map<string, { readonly message: string; readonly context: unknown }>
}

class Run {
  readonly pending: Promise<void>[] = []
  readonly #checks: Check[] = []

  object(object: object, path: readonly string[]): void {
    const type = (object as { constructor?: unknown }).constructor
    const byProperty = typeof type === 'function' ? readRules(type as Class) : undefined
    if (!byProperty || byProperty.size === 0) {
      const message = 'an unknown value was passed to the validate function'
      this.#checks.push({
        path,
        value: undefined,
        broken: new Map([['unknownValue', { message, context: undefined }]]),
      })
      return
    }
    for (const [property, rules] of byProperty) {
      const value = (object as Record<string, unknown>)[property]
      if (value instanceof Promise && rules.some((rule) => rule.kind === 'promise')) {
        this.pending.push(value.then((resolved) => this.#property(object, property, rules, resolved, path)))
      } else this.#property(object, property, rules, value, path)
    }
  }

  #property(object: object, property: string, rules: readonly Rule[], value: unknown, parent: readonly string[]): void {
    const check: Check = { path: [...parent, property], value, broken: new Map() }
    this.#checks.push(check)
    if (!applies(rules, object, value)) return
    for (const rule of rules) {
      if (rule.kind !== 'custom') continue
      const outcome = evaluateRule(rule, { object, property }, value)
      if (outcome instanceof Promise) this.pending.push(outcome.then((broken) => this.#report(check, broken)))
      else this.#report(check, outcome)
    }
    this.#nested(rules, value, check)
  }

  #nested(rules: readonly Rule[], value: unknown, check: Check): void {
    if (value === undefined) return
    const nested = rules.filter(({ kind }) => kind === 'nested')
    for (const rule of nested) {
      if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
        const entries = value instanceof Map ? value.entries() : [...(value as Iterable<unknown>)].entries()
        for (const [key, item] of entries) this.#property(value, String(key), nested, item, check.path)
      } else if (value instanceof Object) this.object(value, check.path)
      else this.#report(check, brokenNested(rule, value))
    }
  }

  #report(check: Check, broken: BrokenRule | undefined): void {
    if (broken) check.broken.set(broken.rule.name, { message: broken.message, context: broken.rule.context })
  }

  async settle(): Promise<readonly RuleFailure[]> {
    // A resolved promise of the object may bring further rules, and these further promises.
    for (let done = 0; done < this.pending.length;) {
      const batch = this.pending.slice(done)
      done += batch.length
      await Promise.all(batch)
    }
    return this.failures()
  }

  failures(): readonly RuleFailure[] {
    return this.#checks.flatMap(({ path, value, broken }) =>
      [...broken].map(([code, { message, context }]) => ({ path, value, code, message, context })),
    )
  }
}

/** class-validator names the class's constructor here instead of the class. */
function brokenNested(rule: Rule, value: unknown): BrokenRule | undefined {
  const failing: Rule = { ...rule, each: false, validateIf: undefined, validate: () => false }
  return evaluateRule(failing, { object: Function, property: rule.property }, value) as BrokenRule
}
