import { resolve } from 'node:path'

import { bindServerConfig, type BoundConfig } from '../config/bind-server-config.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { SecretSource } from '../config/secrets/secret-reader.js'
import type { ServerOptions } from '../server/server-options.js'

/** A configuration, and the folder that its relative paths start from. */
export interface Loaded extends BoundConfig {
  readonly folder: string
  /** Such as `development` or `production`. */
  readonly environment: string
  /** The files that were read, and the folder of the configuration; undefined where all is in code. */
  readonly source: { readonly folder: string; readonly files: readonly string[] } | undefined
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
  const { env = process.env } = options
  const environment = env.LOKSTRA_ENV || env.NODE_ENV || 'development'
  if (!options.file) {
    const bound = bindServerConfig(inCode, place, problems)
    return { ...bound, folder: options.folder ?? process.cwd(), environment, source: undefined }
  }
  // The YAML parser is a third of what core loads, and a server described in code has no file.
  const { loadConfig } = await import('../config/load-config.js')
  const loaded = await loadConfig(resolve(options.file), { env, secrets, overlay: inCode }, problems)
  const source = { folder: loaded.folder, files: loaded.tree.files }
  return { ...loaded, folder: options.folder ?? loaded.folder, environment, source }
}
