import type { BoundConfig } from '../config/bind/bind-server-config.js'
import type { ConfigLayer } from '../config/layers/config-layer.js'
import type { ConfigTree } from '../config/layers/config-tree.js'
import { loadCode, loadConfig } from '../config/load-config.js'
import type { SecretSource } from '../config/secrets/secret-reader.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { ServerOptions } from '../server/server-options.js'

/** A configuration, and the folder that its relative paths start from. */
export interface Loaded extends BoundConfig {
  readonly folder: string
  /** Such as `development` or `production`. */
  readonly environment: string
  /** The files that were read, and the folder of the configuration; undefined where all is in code. */
  readonly source: { readonly folder: string; readonly files: readonly string[] } | undefined
  /** What every layer says. */
  readonly tree: ConfigTree
  /** Names of the apps that the chosen server runs; undefined for all. */
  readonly runs: readonly string[] | undefined
}

/**
 * The configuration files, or the options alone brought into the same form.
 * @param place  what errors name for what stands in code
 * @param sources  what services give while the server runs
 * @param problems  receives every mistake of keys and values
 * @throws what leaves the structure of a file in doubt
 */
export async function load(
  options: ServerOptions,
  secrets: SecretSource,
  place: string,
  sources: readonly ConfigLayer[],
  problems: LokstraError[],
): Promise<Loaded> {
  const { name, shutdown, config, file, env = process.env, environment, server, set, folder } = options
  const overlay = { ...(name ? { name } : {}), ...(shutdown ? { shutdown } : {}), ...config }
  const apps = (options.apps ?? []).flatMap((app) => app.name ?? [])
  const given = { secrets, env, environment, server, set: set ?? [], overlay, apps, folder, sources }
  return file === undefined ? loadCode({ ...given, place }, problems) : loadConfig(file, given, problems)
}
