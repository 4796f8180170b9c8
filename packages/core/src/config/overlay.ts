import type { ConfigPath } from './config-path.js'

/** Lays values over others, key by key. Lists are replaced; undefined leaves what is below. */
export function layOver(base: unknown, overlay: unknown): unknown {
  if (overlay === undefined) return base
  if (!isPlain(overlay)) return overlay
  const result: Record<string, unknown> = isPlain(base) ? { ...base } : {}
  for (const [key, value] of Object.entries(overlay)) result[key] = layOver(result[key], value)
  return result
}

/** Whether the overlay decides the whole value at a path. */
export function isOverlaid(overlay: unknown, path: ConfigPath): boolean {
  let current = overlay
  for (const step of path) {
    if (!isPlain(current)) return current !== undefined
    current = Object.hasOwn(current, step) ? current[step] : undefined
  }
  return current !== undefined && !isPlain(current)
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
