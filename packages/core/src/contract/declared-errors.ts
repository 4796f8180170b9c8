import type { Class } from '../decorators/metadata.js'
import type { ThrowsRecord } from '../decorators/outcomes.js'
import { E_THROWS_TYPE } from '../errors/catalogue/routing.js'
import { HttpError } from '../errors/http-error.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { isErrorStatus } from '../http/status.js'
import type { DeclaredError } from './operation.js'

/** Status and code of the classes that `@Throws` names, each once. */
export function readDeclaredErrors(
  records: readonly ThrowsRecord[],
  handler: string,
  problems: LokstraError[],
): readonly DeclaredError[] {
  const byType = new Map<unknown, DeclaredError>()
  for (const { types, site } of records) {
    for (const type of types) {
      const read = readDeclaredError(type)
      if (typeof read !== 'string') byType.set(type, Object.freeze(read))
      else problems.push(lokstraError(E_THROWS_TYPE, { handler, type: nameOf(type), reason: read }, site))
    }
  }
  return Object.freeze([...byType.values()])
}

/** The error, or the reason why it cannot be read. */
function readDeclaredError(type: unknown): DeclaredError | string {
  // Any class could be constructed to find out; one that is no error may open a file when it is.
  if (typeof type !== 'function' || !(type.prototype instanceof Error)) return 'which is no HttpError'
  const { status, code } = type as { readonly status?: unknown; readonly code?: unknown }
  if (isErrorStatus(status) && typeof code === 'string') return { type: type as Class, status, code }
  let instance: unknown
  try {
    instance = new (type as Class)()
  } catch (error) {
    return `which cannot be constructed without arguments: ${String(error)}`
  }
  if (!HttpError.is(instance)) return 'which is no HttpError'
  if (!isErrorStatus(instance.status))
    return `whose status is ${String(instance.status)} when it is constructed without arguments`
  return { type: type as Class, status: instance.status, code: instance.code }
}

function nameOf(type: unknown): string {
  return typeof type === 'function' && type.name !== '' ? type.name : String(type)
}
