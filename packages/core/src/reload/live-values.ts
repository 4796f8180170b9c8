import { isDeepStrictEqual } from 'node:util'

import type { Assembly } from '../assembly/assemble.js'
import { hooksOf } from '../container/hooks.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import { formatPath, type ConfigPath } from '../config/config-path.js'
import type { HookRecord } from '../decorators/lifecycle.js'
import { isWithin, toPlainPath, type PlainConfig } from './plain-config.js'

/** What changes of an app count at once, by the path below it. */
const liveInApp: readonly ConfigPath[] = [
  ['formatter'],
  ['limits', 'body'],
  ['limits', 'depth'],
  ['limits', 'keys'],
  ['limits', 'items'],
  ['timeouts'],
]

/** A part of the running server that has configuration of its own, and the one it is to take. */
export interface LivePart {
  readonly definition: ServiceDefinition
  /** Where it is configured: several places when they share one object. */
  readonly places: readonly ConfigPath[]
  /** Undefined where the new configuration has another thing in its place, or different ones for what is one object. */
  readonly next: ServiceDefinition | undefined
}

/** An assembly with the values of its configuration. */
export interface Configured {
  readonly assembly: Assembly
  readonly values: PlainConfig
}

/** Finds what is configured in the running server again in a new configuration: by its place, its name and its class. */
export function matchParts(running: Configured, next: Configured): readonly LivePart[] {
  const places = new Map<ServiceDefinition, ConfigPath[]>()
  for (const { path, definition } of placesOf(running))
    places.set(definition, [...(places.get(definition) ?? []), path])
  const found = new Map(placesOf(next).map(({ path, definition }) => [formatPath(path), definition]))
  return [...places].map(([definition, own]) => {
    const candidates = own.map((path) => found.get(formatPath(path)))
    const [first] = candidates
    const fits = candidates.every(
      (one) => one?.type === definition.type && isDeepStrictEqual(one?.config, first?.config),
    )
    return { definition, places: own, next: fits ? first : undefined }
  })
}

function placesOf({ assembly, values }: Configured): { path: ConfigPath; definition: ServiceDefinition }[] {
  const used = new Set(assembly.nodes.map(({ definition }) => definition))
  const configured = assembly.configured.filter(({ definition }) => used.has(definition))
  return configured.map(({ at, definition }) => ({
    path: toPlainPath(at, assembly.config, values),
    definition,
  }))
}

/** Whether a change at this path counts while the server runs. */
export function isLive(path: ConfigPath, running: Assembly, next: Assembly, parts: readonly LivePart[]): boolean {
  const [section, name] = path
  if (section === 'shutdown' || section === 'reload') return true
  if (section === 'apps' && liveInApp.some((live) => isWithin(path.slice(2), live))) {
    return [running, next].every(({ apps }) => apps.some(({ scope }) => scope.name === name))
  }
  return parts.some((part) => part.places.some((place) => isWithin(path, place) && takes(part, path[place.length])))
}

/** Whether a part takes another value of one of its keys. */
function takes({ definition, next }: LivePart, key: string | number | undefined): boolean {
  const { config, lifetime } = definition
  if (!config || !next?.config || typeof key !== 'string' || !(key in config || key in next.config)) return false
  return lifetime === 'request' || ownHooks(definition).some(({ keys }) => !keys || keys.includes(key))
}

/** Whether it can be given another configuration at all: the object of each request is made with that of its time. */
export function isReconfigurable(definition: ServiceDefinition): boolean {
  return definition.lifetime === 'request' || ownHooks(definition).length > 0
}

/** The hooks for the configuration of the service itself. */
function ownHooks({ type, lifetime }: ServiceDefinition): readonly HookRecord[] {
  if (!type || lifetime !== 'singleton') return []
  return hooksOf(type.prototype as object, 'configReload').filter(({ path }) => path === undefined)
}
