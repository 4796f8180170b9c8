import { lookup } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'

import type { DeployedServer } from '@lokstra/core'

/** Who has not found out by then, in milliseconds, keeps no server from starting: the host may be known. */
const limitMs = 2_000

/**
 * Addresses that lead nowhere on this machine, such as those of containers: calls of what runs there would fail.
 * @returns what to say of each server that others call at such an address, by its name
 */
export async function findUnknownHosts(servers: readonly DeployedServer[]): Promise<ReadonlyMap<string, string>> {
  const called = servers.filter(({ name }) => servers.some(({ calls }) => calls.includes(name)))
  const found = await Promise.all(called.map(async (server) => [server.name, await warningOf(server)] as const))
  return new Map(found.flatMap(([name, warning]) => (warning === undefined ? [] : [[name, warning] as const])))
}

/** Undefined where one of the addresses may do: calls leave the others alone. */
async function warningOf({ name, urls }: DeployedServer): Promise<string | undefined> {
  const isUnknown = await Promise.all(urls.map(hasUnknownHost))
  if (urls.length === 0 || isUnknown.includes(false)) return undefined
  const [deployment, server] = name.split('.')
  const fix = `on one machine, leave url out or add --set deployments.${deployment}.servers.${server}.url=<address>`
  return `is called at ${urls.join(', ')}, which this machine cannot find: ${fix}`
}

async function hasUnknownHost(url: string): Promise<boolean> {
  if (url.startsWith('unix:')) return false
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const isUnknown = lookup(host).then(
    () => false,
    () => true,
  )
  return Promise.race([isUnknown, delay(limitMs, false, { ref: false })])
}
