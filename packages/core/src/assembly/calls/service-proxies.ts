import type { CallProtocol } from '../../calls/proxy/call-protocol.js'
import { compileCalls } from '../../calls/proxy/service-calls.js'
import { createServiceProxy } from '../../calls/proxy/service-proxy.js'
import type { LoadedConfig } from '../../config/load-config.js'
import type { Boundary, ServiceDefinition } from '../../container/service-definition.js'
import type { OpenCalls } from '../../server/open-calls.js'
import type { Registry } from '../registry.js'
import type { CalledService } from './called-service.js'
import { policyOf, type OwnPolicy } from './call-policies.js'
import type { PublishedService } from './find-published.js'

/** A proxy of a service that is called across a boundary, and how. */
export interface PlacedProxy {
  readonly service: PublishedService
  readonly boundary: Boundary
  /** What would be injected without the boundary; undefined where the class is used nowhere in this server but for calls. */
  readonly definition: ServiceDefinition | undefined
  readonly protocol: CallProtocol
  readonly policy: OwnPolicy
  /** Where its calls go. */
  readonly way: Pick<CalledService, 'endpoints' | 'expected' | 'transport' | 'routes' | 'isExternal'>
}

export interface ServiceProxiesOptions {
  readonly loaded: LoadedConfig
  readonly registry: Registry
  /** The ways to the services, once they are open. */
  readonly opened: () => OpenCalls
}

/** The proxies of services behind boundaries, among the services that the server injects. */
export class ServiceProxies {
  readonly #options: ServiceProxiesOptions
  readonly #called: CalledService[] = []

  constructor(options: ServiceProxiesOptions) {
    this.#options = options
  }

  /** The services that are called. */
  get called(): readonly CalledService[] {
    return this.#called
  }

  add({ service, boundary, definition, protocol, policy, way }: PlacedProxy): void {
    const { registry, loaded, opened } = this.#options
    const { type, name, operations } = service
    const calls = compileCalls({
      service: name,
      operations,
      protocol,
      target: () => opened().target(name),
      crossing: () => opened().crossing,
      watch: () => opened().contracts,
      failureOf: (response) => opened().failureOf(response),
    })
    const proxy: ServiceDefinition = {
      name: definition?.name ?? name,
      lifetime: 'singleton',
      eager: false,
      provides: [type],
      value: createServiceProxy(type, boundary.runsOn, calls),
      boundary,
      where: definition?.where ?? loaded.locate(['apps']),
      module: definition?.module,
      // What carries its calls is there before anything can call.
      ...(way.transport ? { after: [{ name: way.transport.name, where: way.transport.where }] } : {}),
    }
    this.#called.push({ name, policy: policyOf(loaded.config.calls, policy), ...way })
    const { definitions } = registry
    if (definition && !boundary.behind) definitions.splice(definitions.indexOf(definition), 1, proxy)
    else definitions.push(proxy)
  }
}
