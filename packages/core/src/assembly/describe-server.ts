import type { ServiceDefinition } from '../container/service-definition.js'
import type { Class } from '../decorators/metadata.js'
import type { Route } from '../routing/compile-route.js'
import type { Assembly } from './assemble.js'

/** What a server is seen from outside: its addresses, what it publishes, and what it injects of what is published. */
export interface ServerDescription {
  /** `microservices.users`; the name of the server where none of a deployment was chosen. */
  readonly name: string
  readonly apps: readonly AppDescription[]
  /** Sorted. */
  readonly injections: readonly InjectionDescription[]
  /** Services of other systems that it is configured to call, sorted by name. */
  readonly external: readonly ExternalDescription[]
  /** The other servers of its deployment, and where they are, as configured. */
  readonly peers: readonly { readonly name: string; readonly urls: readonly string[] }[]
}

/** One app of a server: its address, and what it serves. */
export interface AppDescription {
  readonly name: string
  /** As configured: `:3001`. */
  readonly listen: string
  /** Names of controllers, sorted. */
  readonly controllers: readonly string[]
  /** Names of published services, sorted. */
  readonly publishes: readonly string[]
  /** Path of the operation that is a readiness probe; undefined where none is. */
  readonly readiness: string | undefined
  /** Clients get no connection without a certificate. */
  readonly needsCertificate: boolean
}

/** A service of another system. */
export interface ExternalDescription {
  /** Name of the class that describes it. */
  readonly service: string
  readonly urls: readonly string[]
}

/** Something of the server injects a service that is published, or one of another system. */
export interface InjectionDescription {
  /** What injects it: the name of a class, or of a service made by a factory; or an app that serves it as a controller. */
  readonly into: string
  /** Name of the class of the service. */
  readonly service: string
  /** `direct`: the object itself; all others its proxy, `external` that of a service of another system. */
  readonly mode: 'direct' | 'checked' | 'remote' | 'external'
}

export function describeServer(assembly: Assembly): ServerDescription {
  const { apps, nodes, calls, config } = assembly
  const called = calls?.calledTypes ?? new Set()
  const external = calls?.externalTypes ?? new Set()
  const modeOf = (type: Class, placed: InjectionDescription['mode']) => (external.has(type) ? 'external' : placed)
  const injections = nodes.flatMap(({ definition, dependencies }) =>
    dependencies.flatMap((one) => {
      if (one.kind !== 'service') return []
      const type = one.definition.boundary?.type ?? one.definition.type
      if (!type || !called.has(type)) return []
      return [
        { into: nameOf(definition), service: type.name, mode: modeOf(type, one.definition.boundary?.mode ?? 'direct') },
      ]
    }),
  )
  // A controller that runs on another server is served through its proxy.
  const gateways = apps.flatMap(({ scope, routes }) =>
    routes.flatMap(({ controller, isInternal }) => {
      if (controller?.boundary?.mode !== 'remote' || isInternal) return []
      const { type } = controller.boundary
      return [{ into: scope.name, service: type.name, mode: modeOf(type, 'remote') }]
    }),
  )
  return {
    name: assembly.fullName,
    apps: apps.map(({ scope, listen, routes, tls }) => ({
      name: scope.name,
      listen,
      controllers: sorted(controllersOf(routes.filter(({ isInternal }) => !isInternal))),
      publishes: sorted(controllersOf(routes.filter(({ isInternal }) => isInternal))),
      readiness: routes.find(isReadinessProbe)?.path,
      needsCertificate: tls?.clientCertificate === 'require',
    })),
    injections: distinct([...injections, ...gateways]),
    external: [...external]
      .map(({ name: service }) => ({ service, urls: config.external.get(service)?.url ?? [] }))
      .sort((a, b) => (a.service < b.service ? -1 : 1)),
    peers: assembly.topology.peers.map((peer) => ({
      name: `${assembly.topology.deployment}.${peer.name}`,
      urls: peer.urls,
    })),
  }
}

function isReadinessProbe({ operation, isInternal }: Route): boolean {
  return operation?.notes.probe === 'readiness' && !isInternal
}

function controllersOf(routes: readonly Route[]): readonly string[] {
  return routes.flatMap(({ operation }) => operation?.controller.name ?? [])
}

function nameOf({ type, name }: ServiceDefinition): string {
  return type?.name ?? name
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

function distinct(injections: readonly InjectionDescription[]): readonly InjectionDescription[] {
  const byText = new Map(injections.map((one) => [`${one.into} ${one.service}`, one]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}
