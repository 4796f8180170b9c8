import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import type { LokstraError } from '@lokstra/core'

import { createTemporaryFolder } from '../../helpers/temporary-folder.js'

import type * as BindServerConfig from '../../../packages/core/dist/config/bind/bind-server-config.js'
import type * as BindConfig from '../../../packages/core/dist/config/bind/bind-config.js'
import type * as BootErrors from '../../../packages/core/dist/errors/boot-error.js'
import type * as LoadConfig from '../../../packages/core/dist/config/load-config.js'
import type * as PackageManifests from '../../../packages/core/dist/discovery/package-manifests.js'
import type * as ReadInputPlan from '../../../packages/core/dist/contract/read-input-plan.js'
import type * as BuiltInSecretTypes from '../../../packages/core/dist/config/secrets/built-in-secret-types.js'
import type * as SecretStores from '../../../packages/core/dist/config/secrets/secret-store.js'
import type * as ServerConfigs from '../../../packages/core/dist/config/classes/server-config.js'
import { load } from '../../helpers/core-internals.js'

/** Throws what is collected, as a boot does. */
function throwing<P extends unknown[], R>(
  read: (...args: [...P, LokstraError[]]) => R | Promise<R>,
): (...args: P) => Promise<R> {
  return async (...args) => {
    const problems: LokstraError[] = []
    const result = await read(...args, problems)
    throwProblems(problems)
    return result
  }
}

/** These parts have no public door: an application meets them through a server, which needs more than a configuration. */
const configs = {
  ...(await load<typeof BindServerConfig>('config/bind/bind-server-config.js')),
  ...(await load<typeof LoadConfig>('config/load-config.js')),
}
export const { bindConfig } = await load<typeof BindConfig>('config/bind/bind-config.js')
export const { importOffered, readManifests } = await load<typeof PackageManifests>('discovery/package-manifests.js')
export const { readObjectPlan } = await load<typeof ReadInputPlan>('contract/read-input-plan.js')
export const { ModuleAllowance, ServerConfig } = await load<typeof ServerConfigs>('config/classes/server-config.js')
const { SecretStore } = await load<typeof SecretStores>('config/secrets/secret-store.js')
const { builtInSecretTypes } = await load<typeof BuiltInSecretTypes>('config/secrets/built-in-secret-types.js')
const { throwProblems } = await load<typeof BootErrors>('errors/boot-error.js')
export const bindServerConfig = throwing(configs.bindServerConfig)
export const loadConfig = throwing((path: string, options: Options, problems: LokstraError[]) =>
  configs.loadConfig(path, withSecrets(options), problems),
)

/** {@link loadConfig} of one file that holds a text; errors show it by its name alone. */
export async function parseConfig(text: string, file: string, options: Options): Promise<LoadConfig.LoadedConfig> {
  await using folder = await createTemporaryFolder()
  const path = join(folder.path, basename(file))
  await writeFile(path, text)
  return await loadConfig(path, options)
}

type Options = Omit<LoadConfig.LoadConfigOptions, 'secrets'>

/** With the providers that are built in. */
function withSecrets(options: Options): LoadConfig.LoadConfigOptions {
  const store = new SecretStore(({ type }) => Promise.resolve(builtInSecretTypes.get(type)))
  return { ...options, secrets: store.newLoad() }
}
