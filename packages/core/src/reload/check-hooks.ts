import { ServerConfig } from '../config/classes/server-config.js'
import { readObjectPlan } from '../contract/read-input-plan.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import { readHooks } from '../decorators/lifecycle.js'
import { E_RELOAD_CONFIG, E_RELOAD_PATH } from '../errors/catalogue/reload.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { parsePath } from '../config/tree/config-path.js'

/** Finds hooks that would never be called: they watch what no configuration can have. */
export function checkReloadHooks({ name, type, config }: ServiceDefinition, problems: LokstraError[]): void {
  if (!type) return
  for (const { kind, method, path, site } of readHooks(type)) {
    if (kind !== 'configReload') continue
    const hook = `${type.name}.${method}`
    if (path === undefined) {
      if (!config) problems.push(lokstraError(E_RELOAD_CONFIG, { hook, type: name }, site))
      continue
    }
    const [first, second] = parsePath(path) ?? []
    const sections = readObjectPlan(ServerConfig, []).fields.map(({ property }) => property)
    const isSection = typeof first === 'string' && sections.includes(first)
    const isByIndex = first === 'apps' && typeof second === 'number'
    if (isSection && !isByIndex) continue
    const hint = typeof first === 'string' && !isSection ? didYouMean(first, sections) : ''
    const fix = 'Write keys with dots and apps by name, such as apps.api.limits or services.flags.rules.'
    problems.push(lokstraError(E_RELOAD_PATH, { hook, path, hint, fix }, site))
  }
}
