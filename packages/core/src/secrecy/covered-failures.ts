import { secretMask } from './secret-mask.js'
import type { SecretScope } from './secret-scope.js'

const scopes = new WeakMap<object, readonly SecretScope[]>()

/** Hides secrets in what is shown of a failure and of its problems, for as long as these exist: it is shown when all else has ended. */
export function coverFailure(failure: unknown, secrets: readonly SecretScope[]): void {
  if (typeof failure !== 'object' || failure === null) return
  scopes.set(failure, [...(scopes.get(failure) ?? []), ...secrets])
  const { problems } = failure as { readonly problems?: unknown }
  if (Array.isArray(problems)) for (const problem of problems) coverFailure(problem, secrets)
}

/** A text about a failure, without the secrets that it may hold. */
export function maskFailure(failure: unknown, text: string): string {
  const own = typeof failure === 'object' && failure !== null ? scopes.get(failure) : undefined
  return secretMask.apply((own ?? []).reduce((shown, scope) => scope.apply(shown), text))
}
