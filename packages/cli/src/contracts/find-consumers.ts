import { topologyOptions, type ConfigurationOptions } from '../options.js'
import { printAside } from '../ui/print-aside.js'

/** Names of the servers that call a service, by its name. */
export type Consumers = ReadonlyMap<string, readonly string[]>

/**
 * Which servers of the deployments call services on other servers. What servers have mistakes is said on standard error: whether
 * callers break is known without them.
 */
export async function findConsumers(options: ConfigurationOptions, services: ReadonlySet<string>): Promise<Consumers> {
  if (services.size === 0) return new Map()
  const { describeTopology } = await import('@lokstra/core')
  try {
    const deployments = await printAside(() => describeTopology(topologyOptions(options)))
    const consumers = new Map<string, string[]>()
    for (const { name, injections } of deployments.flatMap((one) => one.servers)) {
      for (const { service, mode } of injections) {
        const known = consumers.get(service) ?? []
        if (mode === 'remote' && services.has(service) && !known.includes(name))
          consumers.set(service, [...known, name])
      }
    }
    return consumers
  } catch {
    process.stderr.write('Who calls them is not known: servers have mistakes; lokstra topology check lists them.\n')
    return new Map()
  }
}
