import { Configuration } from '../config/view/configuration.js'
import { throwProblems } from '../errors/boot-error.js'
import type { SecretScope } from '../secrecy/secret-scope.js'
import type { Assembly } from './assemble.js'
import type { ConfigReading } from './load-server-config.js'

/**
 * The configuration of a server as it counts. Mistakes in its classes do not matter: the defaults of its services are not known then.
 * @throws every mistake of its keys and values, at once
 */
export async function readConfiguration(
  { loaded: { environment, tree }, problems }: ConfigReading,
  server: string | undefined,
  secrets: SecretScope,
  assemble: () => Promise<Assembly>,
): Promise<Configuration> {
  throwProblems(problems)
  const assembly = await assemble().catch(() => undefined)
  return new Configuration(assembly?.shown ?? { environment, server, tree, typed: [], secrets })
}
