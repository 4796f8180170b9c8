import { resolve } from 'node:path'

import { bindServerConfig, type BoundConfig } from '../config/bind-server-config.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { SecretSource } from '../config/secrets/secret-reader.js'
import type { ServerOptions } from '../server/server-options.js'

/** A configuration, and the folder that its relative paths start from. */
export interface Loaded extends BoundConfig {
  readonly folder: string
}

/**
 * The configuration file, or the options alone brought into the same form.
 * @param place  what errors name for what stands in code
 * @param problems  receives every mistake of keys and values
 * @throws what leaves the structure of a file in doubt
 */
export async function load(
  options: ServerOptions,
  secrets: SecretSource,
  place: string,
  problems: LokstraError[],
): Promise<Loaded> {
  const { name, shutdown, config } = options
  const inCode = { ...(name ? { name } : {}), ...(shutdown ? { shutdown } : {}), ...config }
  if (!options.file) return { ...bindServerConfig(inCode, place, problems), folder: options.folder ?? process.cwd() }
  // The YAML parser is a third of what core loads, and a server described in code has no file.
  const { loadConfig } = await import('../config/load-config.js')
  const { env = process.env } = options
  const loaded = await loadConfig(resolve(options.file), { env, secrets, overlay: inCode }, problems)
  return options.folder ? { ...loaded, folder: options.folder } : loaded
}
