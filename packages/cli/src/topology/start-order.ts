/** A server, and what it calls. */
export interface Dependent {
  readonly name: string
  /** Names of the servers that it calls. */
  readonly calls: readonly string[]
}

/**
 * Servers in the order in which they start: each step calls only those of the steps before it. Of servers that call one another in a
 * circle the first one starts without what it calls.
 */
export function startOrder<S extends Dependent>(servers: readonly S[]): readonly (readonly S[])[] {
  const steps: (readonly S[])[] = []
  let open = [...servers]
  while (open.length > 0) {
    const waitsFor = ({ name, calls }: S) => open.some((other) => other.name !== name && calls.includes(other.name))
    const free = open.filter((server) => !waitsFor(server))
    const step = free.length > 0 ? free : [open[0]!]
    steps.push(step)
    open = open.filter((server) => !step.includes(server))
  }
  return steps
}
