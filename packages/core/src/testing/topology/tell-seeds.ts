interface Seeded {
  readonly seed: number | undefined
  readonly isStopped: boolean
}

type Hook = (fn: (this: { readonly currentTest?: { readonly state?: string } } | undefined) => void) => void

const topologies = new Set<Seeded>()

/** Has the seed of its faults told when a test fails: with mocha, whose hooks know. */
export function tellSeedOf(topology: Seeded): void {
  if (topology.seed !== undefined) topologies.add(topology)
}

const hooks = globalThis as { beforeEach?: Hook; afterEach?: Hook }
hooks.beforeEach?.(() => {
  for (const topology of topologies) if (topology.isStopped) topologies.delete(topology)
})
hooks.afterEach?.(function () {
  if (this?.currentTest?.state !== 'failed') return
  for (const { seed } of topologies)
    process.stderr.write(`      faults between servers came from seed ${String(seed)}\n`)
})
