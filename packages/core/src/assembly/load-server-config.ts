import { checkSource } from '../config/layers/check-source.js'
import type { ConfigLayer } from '../config/layers/config-layer.js'
import { loadCode, loadConfig, type LoadedConfig } from '../config/load-config.js'
import type { SecretSource } from '../config/secrets/secret-reader.js'
import { toPlain } from '../config/tree/config-node.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { ServerOptions } from '../server/server-options.js'

/** What the configuration of a server is read from. */
export interface ConfigInput {
  readonly options: ServerOptions
  readonly secrets: SecretSource
  /** `file:line` where the server was created; what errors name for what stands in code. */
  readonly place: string
  /** What services give while the server runs. */
  readonly sources: readonly ConfigLayer[]
}

/** A configuration that was read, and every mistake of its keys and values. */
export interface ConfigReading {
  readonly loaded: LoadedConfig
  readonly problems: readonly LokstraError[]
}

/**
 * The configuration that a server's options name and hold: files with code over them, or code alone.
 * @throws what leaves the structure of a file in doubt
 */
export async function loadServerConfig({ options, secrets, place, sources }: ConfigInput): Promise<ConfigReading> {
  const problems: LokstraError[] = []
  const { name, shutdown, config, file, env = process.env, environment, server, set, folder } = options
  const overlay = { ...(name ? { name } : {}), ...(shutdown ? { shutdown } : {}), ...config }
  const apps = [...(options.apps ?? []).flatMap((app) => app.name ?? []), ...appNamesOf(overlay)]
  const allowed = sources.filter((source) => isAllowed(source, problems))
  const given = { secrets, env, environment, server, set: set ?? [], overlay, apps, folder, sources: allowed }
  const loaded = await (file === undefined
    ? loadCode({ ...given, place }, problems)
    : loadConfig(file, given, problems))
  return { loaded, problems }
}

/** One with what it may not say is left out as a whole: reading the rest would already run the code that it names. */
function isAllowed({ root }: ConfigLayer, problems: LokstraError[]): boolean {
  const found = checkSource(toPlain(root) as object, root.origin.value)
  problems.push(...found)
  return found.length === 0
}

/** Names of those that a configuration in code has. What is wrong with it is reported when it is checked. */
function appNamesOf(overlay: object): readonly string[] {
  const { apps } = overlay as { readonly apps?: unknown }
  if (!Array.isArray(apps)) return []
  const names = apps.map((app: { readonly name?: unknown } | null) => app?.name)
  return names.filter((name) => typeof name === 'string')
}
