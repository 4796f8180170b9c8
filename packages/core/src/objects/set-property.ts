/** Sets a property, whatever its name: an assignment to `__proto__` would set the prototype, which no input and no answer may. */
export function setProperty(target: object, property: string, value: unknown): void {
  if (property !== '__proto__') (target as Record<string, unknown>)[property] = value
  else defineProperty(target, property, value)
}

/** Sets a property past setters, and past getters without one. */
export function defineProperty(target: object, property: string, value: unknown): void {
  Object.defineProperty(target, property, { value, writable: true, enumerable: true, configurable: true })
}

/** What was set; never the prototype. */
export function getProperty(target: object, property: string): unknown {
  if (property === '__proto__' && !Object.hasOwn(target, property)) return undefined
  return (target as Record<string, unknown>)[property]
}
