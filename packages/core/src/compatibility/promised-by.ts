import type { FieldContract, RuleContract, TypeContract } from './contract.js'

/** What the type of a value keeps it to, besides any rules. */
export interface Kept {
  /** Rules of other types than this one do not come to it. */
  readonly isTyped: boolean
  /** All values that there are; undefined where nobody could count them. */
  readonly values: readonly (string | number)[] | undefined
}

/** What can be relied on of the values that are written to a field. */
export interface Promised {
  readonly whole: Kept
  readonly each: Kept
  /** A list in which nothing is repeated. */
  readonly isUnique: boolean
}

export function promisedBy({ type, rules = [] }: FieldContract): Promised {
  const isSet = typeof type === 'object' && 'set' in type
  return {
    whole: keptBy(type),
    each: keptBy(elementOf(type)),
    isUnique: isSet || (rules.some(isPlainUnique) && !rules.some(isCondition)),
  }
}

/** Of lists, sets and maps. */
function elementOf(type: TypeContract): TypeContract | undefined {
  if (typeof type === 'string') return undefined
  if ('array' in type) return type.array
  if ('set' in type) return type.set
  return 'map' in type ? type.map : undefined
}

function keptBy(type: TypeContract | undefined): Kept {
  const values = typeof type === 'object' && 'enum' in type ? type.enum : undefined
  return { isTyped: type !== undefined && type !== 'any', values }
}

/** A function that says what is compared makes the rule refuse more, never less. */
export function isPlainUnique({ rule, arguments: given, each, conditional }: RuleContract): boolean {
  return rule === 'arrayUnique' && !given && !each && !conditional
}

function isCondition({ rule }: RuleContract): boolean {
  return rule === 'conditionalValidation'
}
