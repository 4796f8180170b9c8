import { bindInput } from '../binding/bind-input.js'
import type { Container } from '../container/container.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import type { AppScope, Context, RouteScope } from '../context/context.js'
import { operationName, type Operation } from '../contract/operation.js'
import { compose, type CompiledMiddleware, type Handler } from '../middleware/compose.js'
import type { Mount } from '../mounts/mount.js'
import { joinPaths } from '../contract/read-operations.js'
import type { Routable } from './router.js'

/** A route before its services exist: found and printed, not yet run. */
export interface Route extends Routable, RouteScope {
  readonly app: AppScope
  readonly middleware: readonly CompiledMiddleware[]
  /** Set by {@link compileRoute} once the services have started. */
  run: Handler
  /** Status of a plain returned value. */
  readonly status: number
  readonly mount: Mount | undefined
  readonly controller: ServiceDefinition | undefined
}

export function operationRoute(
  app: AppScope,
  operation: Operation,
  controller: ServiceDefinition,
  middleware: readonly CompiledMiddleware[],
): Route {
  return {
    app,
    operation,
    controller,
    middleware,
    verb: operation.verb,
    path: operation.path,
    pattern: operation.path,
    name: operationName(operation),
    site: operation.site,
    status: operation.output.status,
    isFallback: false,
    mount: undefined,
    run: notCompiled,
  }
}

/** A mount takes two routes: its prefix and all below it. */
export function mountRoutes(
  app: AppScope,
  prefix: string,
  mount: Mount,
  middleware: readonly CompiledMiddleware[],
  site: string,
): readonly Route[] {
  const base = joinPaths(prefix, mount.prefix)
  const paths = base === '/' ? ['/', '/*'] : [base, `${base}/*`]
  return paths.map((path) => ({
    app,
    mount,
    middleware,
    verb: 'GET',
    path,
    pattern: path,
    name: mount.description,
    site,
    status: 200,
    isFallback: true,
    operation: undefined,
    controller: undefined,
    run: notCompiled,
  }))
}

function notCompiled(): never {
  throw new Error('The route was not compiled')
}

/** Turns a route into one function of the context: middleware, binding, handler. Nothing about it is looked up again per request. */
export function compileRoute(route: Route, container: Container): void {
  const { mount, operation, controller } = route
  const handler: Handler = mount ? (ctx) => mount.handle(ctx) : compileCall(operation!, controller!, container)
  route.run = compose(route.middleware, handler)
}

type Method = (...parameters: unknown[]) => unknown

function compileCall(operation: Operation, controller: ServiceDefinition, container: Container): Handler {
  const { method, input } = operation
  if (controller.lifetime === 'request') {
    return (ctx) => {
      const instance = container.createRequestScope(ctx).resolve(controller)
      return callWith(operation, instance, ctx, input && bindInput(input, ctx))
    }
  }
  const instance = container.resolve(controller) as Record<string, Method>
  if (!input) return operation.parameters.length === 0 ? () => instance[method]!() : (ctx) => instance[method]!(ctx)
  return (ctx) => callWith(operation, instance, ctx, bindInput(input, ctx))
}

function callWith(operation: Operation, instance: object, ctx: Context, input: unknown): unknown {
  if (input instanceof Promise) return input.then((bound: unknown) => callWith(operation, instance, ctx, bound))
  const handler = instance as Record<string, Method>
  const [first, second] = operation.parameters
  if (first === undefined) return handler[operation.method]!()
  if (second === undefined) return handler[operation.method]!(first === 'input' ? input : ctx)
  return first === 'input' ? handler[operation.method]!(input, ctx) : handler[operation.method]!(ctx, input)
}
