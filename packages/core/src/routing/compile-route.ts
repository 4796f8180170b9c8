import { compileInputBinder, type UseInput } from '../binding/compile-binder.js'
import type { Container } from '../container/container.js'
import { afterResponseCallbacks } from '../container/hooks.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import type { AppScope, Context, RouteScope } from '../context/context.js'
import { operationName, type Operation, type OutputPlan } from '../contract/operation.js'
import { joinPaths, parsePath } from '../contract/path-pattern.js'
import { compose, type CompiledMiddleware, type Handler } from '../middleware/compose.js'
import type { Mount } from '../mounts/mount.js'
import { compileSerializer, type Serializer } from '../response/compile-serializer.js'
import { streamForm, streamOnly } from '../response/item-stream.js'
import type { Routable } from './route-entries.js'
import { chainInScope, inScope, keepBegun } from './scoped-call.js'

/** A route before its services exist: found and printed, not yet run. */
export interface Route extends Routable, RouteScope {
  /** Of the requests that begin from now on. */
  app: AppScope
  readonly middleware: readonly CompiledMiddleware[]
  /** Set by {@link compileRoute} once the services have started. */
  run: Handler
  /** Status of a plain returned value. */
  readonly status: number
  /** Milliseconds until an answer that is not there is given up; 0 for no limit. */
  handlerTimeoutMs: number
  readonly mount: Mount | undefined
  readonly controller: ServiceDefinition | undefined
  /** What stands before everything else of the route. */
  readonly around?: (run: Handler) => Handler
  /** What its handler calls may ask for the request that it works for. */
  runsInScope: boolean
}

/** All that a route has besides how it is found. */
type RouteBase = Omit<Route, 'verb' | 'path' | 'segments' | 'name' | 'site'>

/** What a route of an app has unless it says otherwise: nothing stands around its handler, and it has neither operation nor mount. */
export function baseRoute(app: AppScope): RouteBase {
  return {
    app,
    operation: undefined,
    controller: undefined,
    mount: undefined,
    middleware: [],
    status: 200,
    handlerTimeoutMs: app.handlerTimeoutMs,
    serializer: undefined,
    streamForm: undefined,
    isFallback: false,
    runsInScope: false,
    run: notCompiled,
  }
}

export function operationRoute(
  app: AppScope,
  operation: Operation,
  controller: ServiceDefinition,
  middleware: readonly CompiledMiddleware[],
): Route {
  return {
    ...baseRoute(app),
    operation,
    controller,
    middleware,
    verb: operation.verb,
    path: operation.path,
    segments: operation.segments,
    name: operationName(operation),
    site: operation.site,
    status: operation.output.status,
    handlerTimeoutMs: operation.handlerTimeoutMs ?? app.handlerTimeoutMs,
    serializer: serializerOf(operation.output),
    streamForm: streamForm(operation.output),
  }
}

function serializerOf(output: OutputPlan): Serializer | undefined {
  if (output.isStream) return streamOnly(output)
  return output.type && compileSerializer(output.type)
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
    ...baseRoute(app),
    mount,
    middleware,
    verb: mount.verb ?? 'GET',
    path,
    segments: parsePath(path),
    name: mount.description,
    site,
    handlerTimeoutMs: mount.handlerTimeoutMs ?? app.handlerTimeoutMs,
    isFallback: true,
  }))
}

/** Gives a route another scope of its app: requests that are under way keep theirs. */
export function useAppScope(route: Route, scope: AppScope): void {
  route.app = scope
  const own = route.operation?.handlerTimeoutMs ?? route.mount?.handlerTimeoutMs
  route.handlerTimeoutMs = own ?? scope.handlerTimeoutMs
}

function notCompiled(): never {
  throw new Error('The route was not compiled')
}

/** Turns a route into one function of the context: middleware, binding, handler. Nothing about it is looked up again per request. */
export function compileRoute(route: Route, container: Container): void {
  const { mount, operation, controller } = route
  if (mount) {
    const run = compose(route.middleware, (ctx) => mount.handle(ctx))
    route.run = route.runsInScope ? chainInScope(run) : run
    return
  }
  const handle = compileOperation(operation!, controller!, container, route)
  const isAround = route.runsInScope && route.middleware.length > 0
  const run = compose(route.middleware, isAround ? keepBegun(handle) : handle)
  const withHooks = withAfterResponse(run, controller!, container)
  // Middleware may ask for the request as well.
  const chain = isAround ? chainInScope(withHooks) : withHooks
  route.run = route.around ? route.around(chain) : chain
}

type Instance = Record<string, (...parameters: unknown[]) => unknown>

/** Of a request's own controller nothing is made until its input is known to be valid. */
function compileOperation(
  operation: Operation,
  controller: ServiceDefinition,
  container: Container,
  { app, runsInScope, isInternal = false }: Route,
): Handler {
  const call = runsInScope ? inScope(compileCall(operation), operation.output.isStream) : compileCall(operation)
  const { input } = operation
  // A call has an object of its own unless all calls share one.
  const isPerCall = controller.lifetime === 'request' || (isInternal && controller.lifetime === 'transient')
  const instance = isPerCall ? undefined : (container.resolve(controller) as Instance)
  const use: UseInput = instance
    ? (ctx, dto) => call(instance, ctx, dto)
    : (ctx, dto) => call(container.createRequestScope(ctx).resolve(controller) as Instance, ctx, dto)
  return input ? compileInputBinder(input, app.unknownKeys, use) : (ctx) => use(ctx, undefined)
}

/** The call of a method with all that it may declare. */
export type Call = (instance: Instance, ctx: Context, input: unknown) => unknown

/** The call of the method with the parameters that it declares, in their order. */
function compileCall({ method, parameters }: Operation): Call {
  switch (parameters.join()) {
    case 'input':
      return (instance, _ctx, input) => instance[method]!(input)
    case 'context':
      return (instance, ctx) => instance[method]!(ctx)
    case 'input,context':
      return (instance, ctx, input) => instance[method]!(input, ctx)
    case 'context,input':
      return (instance, ctx, input) => instance[method]!(ctx, input)
    default:
      return (instance) => instance[method]!()
  }
}

/** The `@AfterResponse` methods of a controller that lives as long as the server. */
function withAfterResponse(run: Handler, controller: ServiceDefinition, container: Container): Handler {
  // The proxy of a service of another server has no hooks here.
  if (controller.lifetime !== 'singleton' || controller.boundary) return run
  const callbacks = afterResponseCallbacks(container.resolve(controller) as object)
  if (callbacks.length === 0) return run
  return (ctx) => {
    for (const callback of callbacks) ctx.afterResponse(callback)
    return run(ctx)
  }
}
