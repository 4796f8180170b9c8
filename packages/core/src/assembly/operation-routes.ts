import { Context, type AppScope } from '../context/context.js'
import type { Operation } from '../contract/operation.js'
import { joinPaths } from '../contract/path-pattern.js'
import { readOperations, readRoutedOperation } from '../contract/read-operations.js'
import type { Class } from '../decorators/metadata.js'
import type { MiddlewareRecord } from '../decorators/middleware.js'
import { operationRoute, type Route } from '../routing/compile-route.js'
import { ControllerFinder } from './controller-finder.js'
import type { Offers } from './offers.js'
import type { Group, ListedRoute } from './read-groups.js'
import type { Registry } from './registry.js'
import type { Attachment, MiddlewareResolver } from './resolve-middleware.js'

/** What routes of operations are made from. */
export interface OperationRouteParts {
  readonly registry: Registry
  readonly resolver: MiddlewareResolver
  readonly offers: Offers
  /** What errors name for what stands in code without a place of its own. */
  readonly place: string
}

/** Makes the routes of the controllers that apps serve, each with its middleware, `around` it what is attached further out. */
export class OperationRoutes {
  readonly #registry: Registry
  readonly #resolver: MiddlewareResolver
  readonly #finder: ControllerFinder
  readonly #place: string
  readonly #attachments = new Map<MiddlewareRecord, Attachment>()

  constructor({ registry, resolver, offers, place }: OperationRouteParts) {
    this.#registry = registry
    this.#resolver = resolver
    this.#finder = new ControllerFinder(registry, offers)
    this.#place = place
  }

  /** The routes of controllers, further places and groups, in this order. */
  async ofGroup(
    scope: AppScope,
    group: Group,
    prefix: string,
    around: readonly Attachment[],
  ): Promise<readonly Route[]> {
    const routes: Route[] = []
    const listed = group.controllers.flatMap(({ controller }) => (typeof controller === 'string' ? controller : []))
    for (const { controller, where } of group.controllers) {
      const type =
        typeof controller === 'string'
          ? await this.#finder.controller(controller, scope.name, listed, where)
          : controller
      if (type) routes.push(...(await this.ofController(scope, type, prefix, around)))
    }
    for (const route of group.routes) {
      const placed = await this.#listedRoute(scope, route, prefix, [...around, route.attached])
      if (placed) routes.push(placed)
    }
    for (const inner of group.groups) {
      const below = joinPaths(prefix, inner.prefix)
      routes.push(...(await this.ofGroup(scope, inner, below, [...around, inner.attached])))
    }
    return routes
  }

  /** The routes of all operations of a controller. */
  async ofController(
    scope: AppScope,
    type: Class,
    prefix: string,
    around: readonly Attachment[],
  ): Promise<readonly Route[]> {
    const place = { prefix, contextType: Context, where: this.#place }
    const routes: Route[] = []
    for (const operation of readOperations(type, place, this.#registry.problems)) {
      routes.push(await this.#operationRoute(scope, operation, around))
    }
    return routes
  }

  async #listedRoute(
    scope: AppScope,
    { verb, path, handler, handlerTimeout, status, where }: ListedRoute,
    prefix: string,
    around: readonly Attachment[],
  ): Promise<Route | undefined> {
    const found = await this.#finder.handler(handler, where)
    if (!found) return undefined
    const place = { verb, path: joinPaths(prefix, path), status, handlerTimeout, contextType: Context, where }
    const operation = readRoutedOperation(found.type, found.method, place, this.#registry.problems)
    return operation && this.#operationRoute(scope, operation, around)
  }

  async #operationRoute(scope: AppScope, operation: Operation, around: readonly Attachment[]): Promise<Route> {
    const definition = this.#registry.controllerDefinition(operation.controller)
    const attached = operation.middleware.map((record) => this.#attach(record))
    return operationRoute(scope, operation, definition, await this.#resolver.chain([...around, ...attached]))
  }

  /** What a decorator attached; one attachment however many operations it wraps. */
  #attach(record: MiddlewareRecord): Attachment {
    let attachment = this.#attachments.get(record)
    if (!attachment) {
      const where = record.site.toString()
      attachment = { refs: record.refs.map((ref) => ({ ref, where })), override: record.override, level: record.level }
      this.#attachments.set(record, attachment)
    }
    return attachment
  }
}
