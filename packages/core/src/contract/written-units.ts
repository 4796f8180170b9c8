const spans = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const
const sizes = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const

/** Milliseconds as people write them, nothing rounded: `30s`, `1500ms`, `0`. */
export function writtenDuration(milliseconds: number): string {
  return inLargest(spans, milliseconds) ?? String(milliseconds)
}

/** Bytes as people write them, nothing rounded: `1MiB`. Undefined where no unit fits. */
export function writtenSize(bytes: number): string | undefined {
  return inLargest(sizes, bytes)
}

function inLargest(among: readonly (readonly [unit: string, of: number])[], value: number): string | undefined {
  const found = value === 0 ? undefined : among.find(([, of]) => value % of === 0)
  return found && `${value / found[1]}${found[0]}`
}
