import type { RedosDetectorResult } from 'redos-detector'

/** A pattern that clients' text is matched with. */
export interface FieldPattern {
  /** `Class.property` */
  readonly field: string
  /** `file:line` of the field, where one is known. */
  readonly site: string | undefined
  readonly pattern: RegExp
}

/** A pattern that some text keeps busy for long: by catastrophic backtracking, one request can stop the process. */
export interface SuspiciousPattern extends FieldPattern {
  /** The parts of the pattern that a text can go through in several ways. */
  readonly ambiguous: readonly string[]
}

export interface PatternReport {
  readonly suspicious: readonly SuspiciousPattern[]
  /** How many patterns there was no time for. */
  readonly unchecked: number
}

/** For all patterns, since the server waits for the answer before it starts, and for one, which takes 15 ms as a rule. */
const limitMs = { all: 300, pattern: 300 }

/**
 * Enough to find two ways through every harmful pattern that was tried, and to see that harmless ones have one. Counted in steps, the
 * answer does not depend on how busy the machine is.
 */
const maxSteps = 200
const maxWays = 200

/** What is ambiguous, by source and flags: nothing in a pattern that is not suspicious. */
const verdicts = new Map<string, readonly string[]>()

/**
 * Looks for patterns that are open to catastrophic backtracking. Most patterns are shown to be harmless by their form, and the
 * library for the rest is not even loaded (26 ms) when there are no others.
 */
export async function checkPatterns(patterns: readonly FieldPattern[]): Promise<PatternReport> {
  const open = patterns.filter(({ pattern }) => !isPlainlyLinear(pattern))
  if (open.length === 0) return { suspicious: [], unchecked: 0 }
  const { isSafe } = await import('redos-detector')
  const endsAt = performance.now() + limitMs.all
  const suspicious: SuspiciousPattern[] = []
  let unchecked = 0
  for (const one of open) {
    const key = String(one.pattern)
    const isInTime = performance.now() < endsAt
    const ambiguous = verdicts.get(key) ?? (isInTime ? findAmbiguity(one.pattern, isSafe) : undefined)
    if (!ambiguous) {
      unchecked++
      continue
    }
    verdicts.set(key, ambiguous)
    if (ambiguous.length > 0) suspicious.push({ ...one, ambiguous })
  }
  return { suspicious, unchecked }
}

type IsSafe = (
  pattern: RegExp,
  options: { readonly timeout: number; readonly maxScore: number; readonly maxSteps: number },
) => RedosDetectorResult

/** Undefined when the time ran out, and for syntax that the library does not know: what nobody has looked at is not called harmless. */
function findAmbiguity(pattern: RegExp, isSafe: IsSafe): readonly string[] | undefined {
  const results = inKnownSyntax(pattern).map((known) => judge(known, isSafe))
  const result = results.find((one) => one && !one.safe) ?? results[0]
  if (!result) return undefined
  const [trail] = result.trails
  if (result.safe || !trail) return result.error === 'timedOut' ? undefined : []
  const parts = trail.trail.flatMap(({ a, b }) => [a.node.source, b.node.source])
  // `[^]` stands for the start of a pattern that is not anchored.
  return [...new Set(parts)].filter((part) => part !== '[^]').slice(0, 3)
}

function judge(pattern: RegExp, isSafe: IsSafe): RedosDetectorResult | undefined {
  try {
    return isSafe(pattern, { timeout: limitMs.pattern, maxScore: maxWays, maxSteps })
  } catch {
    return undefined
  }
}

/** The library knows neither names of groups nor `i` together with `u`: a pattern with both flags is looked at with each. */
function inKnownSyntax({ source, flags }: RegExp): readonly RegExp[] {
  const unnamed = source.replace(/(\\.)|\(\?<(?![=!])[^>]*>/gs, (_, escaped?: string) => escaped ?? '(')
  const ofFlags =
    flags.includes('i') && flags.includes('u') ? [flags.replace('i', ''), flags.replace('u', '')] : [flags]
  return ofFlags.flatMap((some) => {
    try {
      return [new RegExp(unnamed, some)]
    } catch {
      return []
    }
  })
}

/** Alternatives of all parts together that are still nothing: so many times the length of the text at most. */
const maxAlternatives = 64

/**
 * Whether the form alone shows that matching takes time in proportion to the text: no group is repeated, and either nothing repeats
 * without bound, or one thing in a pattern that starts at `^`. Everything else is for the library to judge.
 */
function isPlainlyLinear({ source, flags }: RegExp): boolean {
  if (/[mvy]/.test(flags)) return false
  // Classes and escapes match one character each, save references to groups.
  if (/\\[1-9k]/.test(source)) return false
  const bare = source.replace(/\\./gs, 'x').replace(/\[[^\]]*\]/g, 'x')
  if (/\)[*+{]|\(\?[^:]/.test(bare)) return false
  const unbounded = bare.match(/[*+]|\{\d+,\}/g)?.length ?? 0
  if (unbounded > (bare.startsWith('^') && !bare.includes('|') ? 1 : 0)) return false
  let alternatives = 2 ** (bare.match(/[?|]/g)?.length ?? 0)
  for (const [, least, most] of bare.matchAll(/\{(\d+),(\d+)\}/g)) alternatives *= Number(most) - Number(least) + 1
  return alternatives <= maxAlternatives
}
