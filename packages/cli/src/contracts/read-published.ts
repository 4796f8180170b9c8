import { lokstraError, type Contracts } from '@lokstra/core'

import { E_CONTRACTS_NONE } from '../catalogue/contracts.js'
import { inspect } from '../inspect.js'
import type { ConfigurationOptions } from '../options.js'

/** The contracts of what the configuration publishes. @throws E_CONTRACTS_NONE */
export async function readPublished(options: ConfigurationOptions): Promise<Contracts> {
  const contracts = await inspect(options, (server) => server.contracts())
  if (Object.keys(contracts.services).length > 0) return contracts
  throw lokstraError(E_CONTRACTS_NONE, { config: options.config }, options.config)
}
