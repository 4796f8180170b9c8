import type { Class } from '../decorators/metadata.js'
import type { FieldPattern } from '../validation/check-patterns.js'
import type { DeclaredRule } from '../validation/rules.js'
import { reachable } from './class-reading.js'
import { readClass } from './read-class.js'

/** The patterns of `@Matches` on the fields of inputs and of all classes nested in them, each class once. */
export function readPatterns(inputs: Iterable<Class>): readonly FieldPattern[] {
  const classes = new Set([...inputs].flatMap((type) => [...reachable(readClass(type, 'input', undefined))]))
  return [...classes].flatMap(({ type, fields }) =>
    fields.flatMap(({ plan, site }) =>
      plan.rules.flatMap((rule) => {
        const pattern = rule.isBuiltIn && rule.name === 'matches' ? patternOf(rule) : undefined
        return pattern ? [{ field: `${type.name}.${plan.property}`, site, pattern }] : []
      }),
    ),
  )
}

function patternOf({ constraints }: DeclaredRule): RegExp | undefined {
  const [pattern, flags] = constraints as readonly [unknown, unknown]
  if (pattern instanceof RegExp) return pattern
  try {
    return new RegExp(pattern as string, flags as string | undefined)
  } catch {
    return undefined
  }
}
