import type { LoadedConfig } from '../config/load-config.js'
import { formatPath, locateBelow } from '../config/tree/config-path.js'
import type { Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import type { ModuleClass } from '../decorators/module.js'
import { discover, type Discovered } from '../discovery/discover.js'
import type { ServerOptions } from '../server/server-options.js'
import type { ModuleLoader } from './load-modules.js'
import type { Offers } from './offers.js'
import type { Registry } from './registry.js'

/** Where classes come from, and what receives them. */
export interface ClassSources {
  readonly options: ServerOptions
  readonly loaded: LoadedConfig
  readonly registry: Registry
  readonly modules: ModuleLoader
  readonly offers: Offers
  /** What errors name for what stands in code. */
  readonly place: string
}

/** Makes everything known that the server may use: classes that are found, what code registers, and what modules bring. */
export async function collectClasses({
  options,
  loaded: { config, folder, locate },
  registry,
  modules,
  offers,
  place,
}: ClassSources): Promise<Discovered> {
  const listed = config.discover.length > 0 ? locate(['discover']) : place
  const found = await discover([...config.discover, ...(options.discover ?? [])], folder, registry.problems, listed)
  if (!found.isComplete) registry.doubts.add('classes')
  for (const type of found.classes) {
    registry.exported.set(type.name, type)
    registry.problems.push(...misusesOf(type))
  }
  for (const type of found.services) registry.addClass(type)
  for (const type of found.controllers) registry.addController(type)
  for (const registration of options.services ?? []) registry.addRegistration(registration, place)
  for (const [name, run] of Object.entries(options.namedMiddleware ?? {})) registry.addMiddleware(name, run, place)
  const before = registry.problems.length
  for (const module of options.modules ?? []) {
    if (typeof module === 'function') modules.load(module, { config: {}, where: place })
    else modules.load(module.use, { config: module.config, where: place })
  }
  const names = found.modules.map(({ name }) => name)
  for (const { use, allow, config: values, at, locate } of config.modules) {
    const where = locate([])
    const below = locateBelow(locate, ['config'])
    const discovered = found.modules.find((type) => type.name === use)
    const type = discovered ?? (await modules.findInPackage(use, offers, where, names))
    const label = formatPath([...at, 'config'])
    if (type) modules.load(type as Class<ModuleClass>, { allow, config: values, label, where, locate: below })
  }
  if (registry.problems.length > before) registry.doubts.add('modules')
  return found
}
