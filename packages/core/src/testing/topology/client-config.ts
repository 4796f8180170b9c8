import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RawConfig } from './raw-config.js'

/** Name of the server that the test itself is. */
export const clientName = 'topology-test'

/** The configuration of a server that publishes nothing and calls all others, as a file. */
export interface ClientConfig {
  readonly file: string
  readonly remove: () => Promise<void>
}

/** What the others are configured with counts for it as well: how calls are signed, how long they may take. */
export async function writeClientConfig({ values }: RawConfig, deployment: string): Promise<ClientConfig> {
  const deployments = values.deployments as Record<string, { readonly servers: object }>
  const chosen = deployments[deployment]!
  const client = { apps: [{ name: clientName, listen: '127.0.0.1:0', controllers: [] }] }
  const servers = { ...chosen.servers, [clientName]: client }
  const folder = await mkdtemp(join(tmpdir(), 'lokstra-topology-'))
  const file = join(folder, 'lokstra.yaml')
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ ...values, deployments: { [deployment]: { ...chosen, servers } } }))
  return { file, remove: () => rm(folder, { recursive: true, force: true }) }
}
