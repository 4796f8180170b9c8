import type { LoadSecrets } from '../config/secrets/secret-store.js'
import { Configuration } from '../config/view/configuration.js'
import type { Class } from '../decorators/metadata.js'
import { throwProblems } from '../errors/boot-error.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { Assembly } from './assemble.js'
import { loadServerConfig, type ConfigInput } from './load-server-config.js'

/**
 * The configuration of a server as it counts. Mistakes in its classes do not matter: the defaults of its services are not known then.
 * @throws every mistake of its keys and values, at once
 */
export async function readConfiguration(
  input: ConfigInput & { readonly secrets: LoadSecrets },
  assemble: () => Promise<Assembly>,
): Promise<Configuration> {
  const problems: LokstraError[] = []
  const { environment, tree } = await loadServerConfig(input, problems)
  throwProblems(problems)
  const assembly = await assemble().catch(() => undefined)
  const typed = (assembly?.configured ?? []).flatMap(({ at, definition: { config } }) =>
    typeof config === 'object' && config !== null ? [{ at, type: config.constructor as Class }] : [],
  )
  return new Configuration({ environment, server: input.options.server, tree, typed, secrets: input.secrets.scope })
}
