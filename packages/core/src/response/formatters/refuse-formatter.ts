/** Why something that is given in code is no formatter; undefined for a formatter, for a name, and for nothing. */
export function refuseFormatter(given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return undefined
  if (typeof given === 'function') return `it is ${given.name || 'a function'}, not an object with functions`
  if (typeof given !== 'object' || given === null) return `it is ${String(given)}`
  const { success, error } = given as { readonly success?: unknown; readonly error?: unknown }
  const missing = [
    ...(typeof success === 'function' ? [] : ['success']),
    ...(typeof error === 'function' ? [] : ['error']),
  ]
  return missing.length > 0 ? `it has no function ${missing.join(' and no function ')}` : undefined
}
