/** The start of a process is no growth: pools fill, code is compiled. */
const warmUpShare = 0.25
/** Fewer say nothing. */
const fewest = 8
/** How clearly values must rise, from -1 (each is lower than those before) to 1 (each is higher): noise is about 0. */
const clearly = 0.5

/**
 * How much values have grown in a steady way, from the end of the warm-up to the last: the slope of Theil and Sen, which single outliers
 * do not move, where the trend of Mann and Kendall is clear.
 * @param values  in the order of time, at equal intervals
 * @returns 0 where nothing grows steadily, and where there are too few
 */
export function growthOf(values: readonly number[]): number {
  const steady = values.slice(Math.ceil(values.length * warmUpShare))
  if (steady.length < fewest) return 0
  const slopes: number[] = []
  let rises = 0
  for (let first = 0; first < steady.length; first++)
    for (let second = first + 1; second < steady.length; second++) {
      const difference = steady[second]! - steady[first]!
      slopes.push(difference / (second - first))
      rises += Math.sign(difference)
    }
  if (rises / slopes.length < clearly) return 0
  return Math.max(0, medianOf(slopes)) * (steady.length - 1)
}

export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5)
}

/** @param share  from 0 to 1 @returns 0 where there are no values */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
