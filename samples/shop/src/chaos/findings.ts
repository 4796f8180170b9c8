const id = /\b[0-9a-f]{8}-[0-9a-f-]{4,27}(?:-\d+)?\b/g
const number = /\d+(?:\.\d+)?/g

/** The first of each kind, and how many there are: findings that differ in ids and numbers only are of one kind. */
export function describeFindings(findings: readonly string[]): string {
  const kinds = new Map<string, { readonly first: string; count: number }>()
  for (const finding of findings) {
    const kind = finding.replace(id, 'ID').replace(number, 'N')
    const known = kinds.get(kind)
    if (known) known.count++
    else kinds.set(kind, { first: finding, count: 1 })
  }
  return [...kinds.values()]
    .map(({ first, count }) => `- ${first}${count > 1 ? `, and ${count - 1} more of the kind` : ''}`)
    .join('\n')
}
