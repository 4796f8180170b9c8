import type { TopologyServer } from '@lokstra/core/testing'

const id = /\b[0-9a-f]{8}-[0-9a-f-]{4,27}(?:-\d+)?\b/g
const number = /\d+(?:\.\d+)?/g
const requestId = /"requestId":"([^"]+)"/
const told = ['warn', 'error', 'fatal']

/**
 * The first of each kind, and how many there are: findings that differ in ids and numbers only are of one kind.
 * @param servers  whose logs tell more of a finding that names a request
 */
export function describeFindings(findings: readonly string[], servers: readonly TopologyServer[]): string {
  const kinds = new Map<string, { readonly first: string; count: number }>()
  for (const finding of findings) {
    const kind = finding.replace(id, 'ID').replace(number, 'N')
    const known = kinds.get(kind)
    if (known) known.count++
    else kinds.set(kind, { first: finding, count: 1 })
  }
  return [...kinds.values()]
    .flatMap(({ first, count }) => [
      `- ${first}${count > 1 ? `, and ${count - 1} more of the kind` : ''}`,
      ...logsAbout(requestId.exec(first)?.[1], servers).map((line) => `    ${line}`),
    ])
    .join('\n')
}

function logsAbout(request: string | undefined, servers: readonly TopologyServer[]): readonly string[] {
  if (request === undefined) return []
  return servers.flatMap(({ name, logs }) =>
    logs
      .filter(({ level, fields }) => told.includes(level) && fields.requestId === request)
      .map(({ message, fields }) => `${name}: ${message} ${JSON.stringify(fields)}`),
  )
}
