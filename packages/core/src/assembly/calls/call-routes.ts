import { signedHeaders } from '../../calls/auth/signed-text.js'
import { callFormatter } from '../../calls/codec/call-formatter.js'
import { callOperation, inputHeaders } from '../../calls/codec/call-operation.js'
import { callWriting } from '../../calls/codec/call-writing.js'
import type { CallAuthentication } from '../../calls/serve/call-authentication.js'
import { receiveCall } from '../../calls/serve/receive-call.js'
import { LimitsConfig, TimeoutsConfig } from '../../config/classes/server-config.js'
import type { AppScope } from '../../context/context.js'
import { contractHashOf } from '../../compatibility/describe-contracts.js'
import type { Logger } from '../../logging/logger.js'
import { StderrLogger } from '../../logging/stderr-logger.js'
import { operationRoute, type Route } from '../../routing/compile-route.js'
import type { ServerRuntime } from '../../server/server-runtime.js'
import type { Registry } from '../registry.js'
import type { PublishedService } from './find-published.js'

export interface CallRouteOptions {
  /** Of {@link callScope}, or {@link localCallScope}. */
  readonly scope: AppScope
  readonly authentication: CallAuthentication
  readonly registry: Registry
  readonly runtime: ServerRuntime
}

/** What answers the calls of a service: one route for each operation. */
export function callRoutes(
  { type, name, operations }: PublishedService,
  { scope, authentication, registry, runtime }: CallRouteOptions,
): readonly Route[] {
  // The service itself, although a boundary may stand in front of it.
  const service = registry.definitions.find((definition) => definition.type === type)
  const controller = service ?? registry.controllerDefinition(type)
  return operations.map((operation) => {
    const contract = callOperation(operation, name)
    const contractHash = (): string => contractHashOf(operation)
    const around = receiveCall({
      operation,
      authentication,
      signed: signedHeaders(inputHeaders(contract)),
      contract: contractHash,
      isDraining: () => runtime.phase === 'draining',
    })
    const route = operationRoute(scope, contract, controller, [])
    return { ...route, ...callWriting(contract.output), around, isInternal: true, contractHash }
  })
}

/** What calls are answered with in an app: bare results, and errors that say which of the declared ones they are. */
export function callScope<S extends AppScope>(app: S): S {
  return { ...app, formatter: callFormatter, unknownKeys: 'drop' }
}

/** Of calls within this process, which no app takes: the limits are those that every app has by default. */
export function localCallScope(): AppScope & { log: Logger } {
  const { body: bodyBytes, depth, keys, items } = new LimitsConfig()
  return {
    name: 'calls',
    log: new StderrLogger(),
    formatter: callFormatter,
    limits: { bodyBytes, depth, keys, items },
    unknownKeys: 'drop',
    handlerTimeoutMs: new TimeoutsConfig().handler,
  }
}
