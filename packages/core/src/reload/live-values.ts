import { isDeepStrictEqual } from 'node:util'

import type { Assembly } from '../assembly/assemble.js'
import { hooksOf } from '../container/hooks.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import { formatPath, type ConfigPath } from '../config/tree/config-path.js'
import type { HookRecord } from '../decorators/lifecycle.js'
import { appNamed } from './live-apps.js'
import { toPlainPath } from './plain-config.js'
import { isWithin } from './value-changes.js'

/** Read when they are used; secrets, while the configuration is read. */
const liveSections: ReadonlySet<unknown> = new Set(['reload', 'secrets', 'shutdown'])

/** What changes of an app count at once, by the path below it. */
const liveInApp: readonly ConfigPath[] = [
  ['formatter'],
  ['unknownKeys'],
  ['limits', 'body'],
  ['limits', 'depth'],
  ['limits', 'keys'],
  ['limits', 'items'],
  ['limits', 'connections'],
  ['limits', 'requestsPerConnection'],
  ['timeouts'],
]

/** What new connections are served with; whether clients need certificates belongs to the address. */
const liveInTls: ReadonlySet<unknown> = new Set(['cert', 'key', 'ca', 'passphrase', 'minVersion'])

/** What new connections to other servers are opened with. */
const liveInCallTls: ReadonlySet<unknown> = new Set(['cert', 'key', 'ca'])

/** A part of the running server that has configuration of its own, and the one it is to take. */
export interface LivePart {
  readonly definition: ServiceDefinition
  /** Where it is configured: several places when they share one object. */
  readonly places: readonly ConfigPath[]
  /** Undefined where the new configuration has another thing in its place, or different ones for what is one object. */
  readonly next: ServiceDefinition | undefined
}

/** Finds what is configured in the running server again in a new configuration: by its place, its name and its class. */
export function matchParts(running: Assembly, next: Assembly): readonly LivePart[] {
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

function placesOf({ config, configured, nodes }: Assembly): { path: ConfigPath; definition: ServiceDefinition }[] {
  const used = new Set(nodes.map(({ definition }) => definition))
  return configured.flatMap(({ at, definition }) =>
    used.has(definition) ? [{ path: toPlainPath(at, config), definition }] : [],
  )
}

/** Whether a change at this path counts while the server runs. */
export function isLive(path: ConfigPath, running: Assembly, next: Assembly, parts: readonly LivePart[]): boolean {
  const [section, name] = path
  if (liveSections.has(section)) return true
  if (section === 'apps' && liveInApp.some((live) => isWithin(path.slice(2), live))) {
    return [running, next].every((assembly) => appNamed(assembly, name))
  }
  if (section === 'apps' && path[2] === 'tls' && liveInTls.has(path[3])) {
    return [running, next].every((assembly) => appNamed(assembly, name)?.tls)
  }
  if (section === 'calls' && name === 'tls' && liveInCallTls.has(path[2])) {
    return [running, next].every((assembly) => assembly.calls?.tls)
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
