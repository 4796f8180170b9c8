import type { Rule, RuleArguments } from './rules.js'

/**
 * The message of a broken rule in class-validator's own words, its oddities included: undefined where a message function gives
 * nothing, and `$&` in a value is a replacement pattern.
 */
export function errorMessage(rule: Rule, args: RuleArguments, dismissesDefault: boolean): string | undefined {
  const message = rule.message || (dismissesDefault ? '' : rule.defaultMessage(args))
  let text = message instanceof Function ? message(args) : typeof message === 'string' ? message : undefined
  if (!text) return text
  const { constraints, value, targetName } = args
  for (const [index, constraint] of Array.isArray(constraints) ? (constraints as readonly unknown[]).entries() : []) {
    text = text.replaceAll(`$constraint${index + 1}`, constraintText(constraint))
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    text = text.replaceAll('$value', value as string)
  }
  return text.replaceAll('$property', args.property).replaceAll('$target', targetName!)
}

/** A constraint as messages show it. */
export function constraintText(constraint: unknown): string {
  if (Array.isArray(constraint)) return constraint.join(', ')
  return String(typeof constraint === 'symbol' ? constraint.description : constraint)
}
