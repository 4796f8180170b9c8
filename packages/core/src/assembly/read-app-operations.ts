import type { AppOperations } from '../contract/operation.js'
import type { AssembledApp } from './app-assembler.js'

/** What one app serves by operations, without its mounts. */
export function readAppOperations({ scope, listen, prefix, routes }: AssembledApp): AppOperations {
  return Object.freeze({
    app: scope.name,
    listen,
    prefix,
    formatter: scope.formatter.name,
    unknownKeys: scope.unknownKeys,
    handlerTimeoutMs: scope.handlerTimeoutMs,
    operations: Object.freeze(
      routes.flatMap(({ operation, isInternal = false }) => (isInternal ? [] : (operation ?? []))),
    ),
  })
}
