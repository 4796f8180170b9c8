/** The candidate closest to `name`, or undefined when none is close enough to be a likely slip. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1
  const wanted = name.toLowerCase()
  for (const candidate of candidates) {
    // Names come from clients too: what cannot be near is not compared, since comparing costs the product of the lengths.
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** ` Did you mean "x"?`, or an empty text. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const guess = closest(name, candidates)
  return guess === undefined ? '' : ` Did you mean "${guess}"?`
}

/** Longer than any name that somebody gave: it resembles none, and comparing it would cost the product of the lengths. */
const longestName = 100

/** The candidates, first those of which at least half is like `name`, the closest first; the others as they were. */
export function byCloseness(name: string, candidates: Iterable<string>): readonly string[] {
  if (name.length > longestName) return [...candidates]
  const wanted = name.toLowerCase()
  const distances = Array.from(candidates, (candidate) => {
    const limit = Math.floor(Math.max(name.length, candidate.length) / 2) + 1
    return [candidate, Math.min(limit, editDistance(wanted, candidate.toLowerCase(), limit)), limit] as const
  })
  const alike = distances.filter(([, distance, limit]) => distance < limit).sort(([, a], [, b]) => a - b)
  const others = distances.filter(([, distance, limit]) => distance >= limit)
  return [...alike, ...others].map(([candidate]) => candidate)
}

/**
 * Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each. Gives up, with `limit`, once
 * no way can cost less.
 */
function editDistance(a: string, b: string, limit: number): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let value = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, rows[i - 2]![j - 2]! + 1)
      row.push(value)
    }
    rows.push(row)
    // A swap reaches back two rows.
    if (Math.min(...row) >= limit && Math.min(...rows[i - 1]!) >= limit) return limit
  }
  return rows[a.length]![b.length]!
}
