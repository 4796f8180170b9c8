import { resolve } from 'node:path'

import { bindServerConfig, type BoundConfig } from '../config/bind-server-config.js'
import type { ServerOptions } from '../server/server-options.js'

/** A configuration, and the folder that its relative paths start from. */
export interface Loaded extends BoundConfig {
  readonly folder: string
}

/**
 * The configuration file, or the options alone brought into the same form.
 * @param place  what errors name for what stands in code
 */
export async function load(options: ServerOptions, place: string): Promise<Loaded> {
  const { name, shutdown, config } = options
  const inCode = { ...(name ? { name } : {}), ...(shutdown ? { shutdown } : {}), ...config }
  if (!options.file) return { ...bindServerConfig(inCode, place), folder: options.folder ?? process.cwd() }
  // The YAML parser is a third of what core loads, and a server described in code has no file.
  const { loadConfig } = await import('../config/load-config.js')
  const loaded = await loadConfig(resolve(options.file), { env: options.env ?? process.env, overlay: inCode })
  return options.folder ? { ...loaded, folder: options.folder } : loaded
}
