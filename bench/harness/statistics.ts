export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** Median, least and greatest. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, low: sorted[0]!, high: sorted.at(-1)! }
}

/** Each round's value over the same round's of another: what a drifting machine does to both cancels out. */
export function ratios(values: readonly number[], base: readonly number[]): readonly number[] {
  return values.map((value, round) => value / base[round]!)
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

/** The list, starting at another element each round. */
export function rotate<T>(list: readonly T[], round: number): readonly T[] {
  const start = round % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
