import { createRequire } from 'node:module'
import type * as Tsyringe from 'tsyringe'
import type { DependencyContainer } from 'tsyringe'

import { E_FACTORY_ASYNC } from '../errors/catalogue/container.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Context } from '../context/context.js'
import { isThenable } from '../promises/is-thenable.js'
import type { Dependency, ServiceNode } from './service-graph.js'
import type { ServiceDefinition } from './service-definition.js'

const require = createRequire(import.meta.url)

/** Loaded with the first service: 13 ms that a server without any does not spend. */
const tsyringe = () => require('tsyringe') as typeof Tsyringe

/** Resolves the services of one request. */
export interface RequestScope {
  resolve(definition: ServiceDefinition): object
}

/**
 * Builds the objects of one server: tsyringe keeps registrations, caches and request scopes; which service a parameter receives
 * was decided by the graph before. Start, stop and disposal belong to the lifecycle, so tsyringe's own disposal is not used.
 */
export class Container {
  #root: DependencyContainer | undefined
  readonly #tokens = new Map<ServiceDefinition, symbol>()

  register({ definition, dependencies }: ServiceNode): void {
    const { instanceCachingFactory, instancePerContainerCachingFactory } = tsyringe()
    const token = Symbol(definition.name)
    this.#tokens.set(definition, token)
    const build = (scope: DependencyContainer): unknown => this.#build(scope, definition, dependencies)
    this.#container.register(token, {
      useFactory:
        definition.lifetime === 'singleton'
          ? instanceCachingFactory(build)
          : definition.lifetime === 'request'
            ? instancePerContainerCachingFactory(build)
            : build,
    })
  }

  /** The object of a singleton or a new transient; a promise when an asynchronous factory makes it. */
  resolve(definition: ServiceDefinition): unknown {
    return this.#container.resolve(this.#token(definition))
  }

  /** Puts the awaited product of an asynchronous factory in its place. */
  settle(definition: ServiceDefinition, instance: object): void {
    const token = Symbol(definition.name)
    this.#tokens.set(definition, token)
    this.#container.registerInstance(token, instance)
  }

  createRequestScope(context: Context): RequestScope {
    const scope = this.#container.createChildContainer()
    scope.registerInstance(Context, context)
    return { resolve: (definition) => scope.resolve<object>(this.#token(definition)) }
  }

  get #container(): DependencyContainer {
    return (this.#root ??= tsyringe().container.createChildContainer())
  }

  #build(scope: DependencyContainer, definition: ServiceDefinition, dependencies: readonly Dependency[]): unknown {
    if (definition.value) return definition.value
    const values = dependencies.map((dependency) => this.#valueOf(scope, definition, dependency))
    if (!definition.create) return new definition.type!(...values)
    const made = definition.create(...(values as never[]))
    const { name, lifetime } = definition
    if (lifetime !== 'singleton' && isThenable(made)) {
      Promise.resolve(made).catch(() => undefined)
      throw lokstraError(E_FACTORY_ASYNC, { name, lifetime }, definition.where)
    }
    return made
  }

  #valueOf(scope: DependencyContainer, by: ServiceDefinition, dependency: Dependency): unknown {
    switch (dependency.kind) {
      case 'service':
        return scope.resolve(this.#token(dependency.definition))
      case 'config':
        return by.config
      case 'context':
        return scope.resolve(Context)
      case 'absent':
        return undefined
    }
  }

  #token(definition: ServiceDefinition): symbol {
    const token = this.#tokens.get(definition)
    if (!token) throw new Error(`The service ${definition.name} is not part of the container`)
    return token
  }
}
