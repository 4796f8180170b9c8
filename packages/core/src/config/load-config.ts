import { resolve } from 'node:path'

import { E_CONFIG_VARIABLE } from '../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { composeConfig, type ComposedConfig } from './compose-config.js'
import type { ConfigLayer } from './layers/config-layer.js'
import { fromObject, type Origin } from './tree/config-node.js'
import type { FileContents } from './files/read-config-files.js'
import type { SecretSource } from './secrets/secret-reader.js'
import { Variables, type Environment } from './layers/variables.js'

/** The configuration of a folder. */
export interface LoadedConfig extends ComposedConfig {
  /** What relative paths of the configuration start from. */
  readonly folder: string
  /** Such as `development` or `production`. */
  readonly environment: string
  /** The files that were read, and the folder of the configuration; undefined where all is in code. */
  readonly source: { readonly folder: string; readonly files: readonly string[] } | undefined
}

export interface LoadConfigOptions {
  /** Where `${VARIABLE}` and `LOKSTRA__…` are looked up, before the `.env` files. */
  readonly env: Environment
  /** Default: LOKSTRA_ENV, else NODE_ENV, else `development`. */
  readonly environment?: string | undefined
  /** `deployment.server`; default: everything runs in one process. */
  readonly server?: string | undefined
  /** `path=value`, a later one over an earlier one. */
  readonly set?: readonly string[]
  /** Layers above those of the command line and below code. */
  readonly sources?: readonly ConfigLayer[]
  /** Values in code, laid over all others. Placeholders below them are not looked at. */
  readonly overlay?: object
  /** What errors name for values in code. */
  readonly place?: string
  /** Names of apps that stand in code, so that variables may name them. */
  readonly apps?: readonly string[]
  readonly secrets: SecretSource
  /** Instead of the folder of the files. */
  readonly folder?: string | undefined
}

/**
 * Reads the files of a configuration, lays everything that is above over them, replaces the placeholders, and checks the result.
 * @param path  a file, or a folder with a `lokstra.yaml` or a `config/`
 * @param problems  receives every mistake: E_CONFIG_SYNTAX, E_CONFIG_KEY_DUPLICATE, E_CONFIG_KEY_UNKNOWN, E_CONFIG_VALUE_MISSING,
 *   E_CONFIG_VALUE_INVALID, E_CONFIG_VARIABLE, E_CONFIG_CONFLICT, E_CONFIG_OVERRIDE, E_CONFIG_SERVER, E_CONFIG_APP; what is wrong has its
 *   default then, or is left out
 * @throws E_CONFIG_FILE; E_CONFIG_SYNTAX where the structure is in doubt; several as one E_BOOT
 */
export async function loadConfig(
  path: string,
  options: LoadConfigOptions,
  problems: LokstraError[],
): Promise<LoadedConfig> {
  const { readConfigFiles } = await import('./files/read-config-files.js')
  const environment = environmentOf(options)
  // It is a part of the names of files and folders.
  if (!/^[\p{L}\p{N}_-]+$/u.test(environment)) {
    const problem = `${JSON.stringify(environment)} cannot be the name of an environment`
    const fix = 'Choose one of letters, digits, - and _ with --env, LOKSTRA_ENV or NODE_ENV.'
    throw lokstraError(E_CONFIG_VARIABLE, { path: 'The environment', problem, fix })
  }
  return compose(await readConfigFiles(resolve(path), environment, problems), options, problems)
}

/** {@link loadConfig} without files: what variables, options and code say. */
export async function loadCode(options: LoadConfigOptions, problems: LokstraError[]): Promise<LoadedConfig> {
  return compose({ folder: process.cwd(), paths: [], layers: [], variables: [] }, options, problems)
}

async function compose(
  { folder: own, paths, layers, variables }: FileContents,
  options: LoadConfigOptions,
  problems: LokstraError[],
): Promise<LoadedConfig> {
  const { env, overlay, secrets, sources = [], place = 'createServer({ config })' } = options
  const folder = options.folder ?? own
  const environment = environmentOf(options)
  const inCode: Origin = { key: place, value: place, isLiteral: true }
  const composed = await composeConfig({
    files: layers,
    variables: new Variables(env, variables),
    server: options.server,
    set: options.set ?? [],
    above: overlay ? [...sources, { name: 'code', root: fromObject(overlay, inCode) }] : sources,
    apps: options.apps ?? [],
    secrets,
    folder,
    paths,
    problems,
  })
  refuseLateEnvironment(options, variables, problems)
  const source = paths.length > 0 ? { folder: own, files: paths } : undefined
  return { ...composed, folder, environment, source }
}

function environmentOf({ environment, env }: LoadConfigOptions): string {
  return environment || env.LOKSTRA_ENV || env.NODE_ENV || 'development'
}

/** Which files are read follows from the environment: one that a `.env` file names comes too late. */
function refuseLateEnvironment(
  options: LoadConfigOptions,
  files: FileContents['variables'],
  problems: LokstraError[],
): void {
  if (options.environment || options.env.LOKSTRA_ENV || options.env.NODE_ENV) return
  for (const name of ['LOKSTRA_ENV', 'NODE_ENV']) {
    const variable = files.map((file) => file.get(name)).find((found) => found !== undefined)
    if (!variable || variable.value === '' || variable.value === environmentOf(options)) continue
    const problem = `the environment is chosen before this file is read, and is "${environmentOf(options)}"`
    const fix = 'Set it for the process, or pass --env.'
    problems.push(lokstraError(E_CONFIG_VARIABLE, { path: name, problem, fix }, `${variable.place}:1`, { path: name }))
  }
}
