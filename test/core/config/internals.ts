import type * as BindServerConfig from '../../../packages/core/dist/config/bind-server-config.js'
import type * as BindServiceConfig from '../../../packages/core/dist/config/bind-service-config.js'
import type * as LoadConfig from '../../../packages/core/dist/config/load-config.js'
import type * as PackageManifests from '../../../packages/core/dist/config/package-manifests.js'
import type * as ReadInputPlan from '../../../packages/core/dist/contract/read-input-plan.js'
import type * as ServerConfigs from '../../../packages/core/dist/config/server-config.js'
import type * as Substitute from '../../../packages/core/dist/config/substitute.js'

/** These parts have no public door: an application meets them through a server, which needs more than a configuration. */
function load<T>(file: string): Promise<T> {
  return import(new URL(`../../../../packages/core/dist/${file}`, import.meta.url).href) as Promise<T>
}

export const { bindServerConfig } = await load<typeof BindServerConfig>('config/bind-server-config.js')
export const { bindConfig } = await load<typeof BindServiceConfig>('config/bind-service-config.js')
export const { loadConfig, parseConfig } = await load<typeof LoadConfig>('config/load-config.js')
export const { importOffered, readManifests } = await load<typeof PackageManifests>('config/package-manifests.js')
export const { readObjectPlan } = await load<typeof ReadInputPlan>('contract/read-input-plan.js')
export const { ModuleAllowance, ServerConfig } = await load<typeof ServerConfigs>('config/server-config.js')
export const { substitute } = await load<typeof Substitute>('config/substitute.js')
