import { literal } from '../../codegen/program.js'
import type { EmittedCheck, RuleEmitter } from './emitted-check.js'

/**
 * Characters as isLength counts them: a surrogate pair is one, and a variation selector belongs to what stands before it. So each
 * counts for one to three units of `length`, and only strings of few units have to be looked into.
 */
function withinLength(check: EmittedCheck, min: unknown, max: unknown): string | undefined {
  if ((min !== undefined && typeof min !== 'number') || (max !== undefined && typeof max !== 'number')) return undefined
  const { value, program } = check
  // As the original has it: NaN means no minimum, and as a maximum lets nothing pass.
  const least = min === undefined || Number.isNaN(min) ? 0 : min
  const units = `${value}.length`
  const surely = max === undefined ? [] : [`${units} <= ${literal(max)}`]
  const possibly = max === undefined ? [] : [`${units} <= ${literal(max * 3)}`]
  if (least > 0) {
    const plain = program.constant(isPlain, 'isPlain')
    surely.push(`(${units} >= ${literal(least * 3)} || ${units} >= ${literal(least)} && ${plain}(${value}))`)
    possibly.push(`${units} >= ${literal(least)}`)
  }
  if (surely.length === 0) return check.when('string', 'true')
  return check.when('string', `(${surely.join(' && ')} || ${possibly.join(' && ')} && ${check.original()})`)
}

/** Whether every unit is a character; strings of less than 0xD800 are, which is nearly all. */
function isPlain(value: string): boolean {
  for (let index = 0; index < value.length; index++) if (value.charCodeAt(index) >= 0xd800) return false
  return true
}

/** The pattern that tells by `test` what `match` tells the rule; undefined for patterns that remember or decide more. */
function patternOf(check: EmittedCheck): RegExp | undefined {
  const [pattern, flags] = [check.argument(0), check.argument(1)]
  if (typeof pattern === 'string') {
    if (flags !== undefined && typeof flags !== 'string') return undefined
    return compilePattern(pattern, flags ?? '')
  }
  if (!(pattern instanceof RegExp) || Object.getPrototypeOf(pattern) !== RegExp.prototype) return undefined
  // Its `lastIndex` is all that a pattern has of its own; another `exec` would change what it matches.
  if (Reflect.ownKeys(pattern).length > 1) return undefined
  return compilePattern(pattern.source, pattern.flags)
}

/**
 * A copy, so that the user's own use of the pattern does not meet ours. Without `g`, which would make `test` start where it last
 * ended, while `match` starts anew. With `y`, `match` does so as well.
 */
function compilePattern(source: string, flags: string): RegExp | undefined {
  if (flags.includes('y')) return undefined
  try {
    return new RegExp(source, flags.replace('g', ''))
  } catch {
    return undefined
  }
}

/** A sticky pattern remembers where it matched, so it must be asked once, and by the interpreter. */
export function isSticky(pattern: unknown): boolean {
  return pattern instanceof RegExp && pattern.sticky && !pattern.global
}

const matches: RuleEmitter = (check) => {
  if (isSticky(check.argument(0))) return 'false'
  const pattern = patternOf(check)
  return pattern && check.when('string', `${check.program.constant(pattern, 'pattern')}.test(${check.value})`)
}

function including(not: '' | '!'): RuleEmitter {
  return (check) => {
    const seed = check.argument(0)
    // The rule splits by the text; by an empty one, between all characters.
    if (typeof seed !== 'string' || seed === '') return undefined
    return check.when('string', `${not}${check.value}.includes(${literal(seed)})`)
  }
}

/** Rules about text whose arguments are lengths, patterns and other text. */
export const text: Readonly<Record<string, RuleEmitter>> = {
  isLength: (check) => withinLength(check, check.argument(0), check.argument(1)),
  minLength: (check) => withinLength(check, check.argument(0), undefined),
  maxLength: (check) => withinLength(check, undefined, check.argument(0)),
  matches,
  contains: including(''),
  notContains: including('!'),
}
