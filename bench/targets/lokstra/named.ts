import type { Class } from '@lokstra/core'

/** Classes of a loop share the name in the source; a server tells its controllers apart by their names. */
export function named<T extends Class>(type: T, name: string): T {
  return Object.defineProperty(type, 'name', { value: name })
}
