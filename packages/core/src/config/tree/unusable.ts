/**
 * Stands for a value that was found wrong before it could be read, such as one whose variable is not set. It is of no type that a
 * key asks for, and nothing more is reported of it.
 */
export const unusable: unknown = Object.freeze(() => undefined)

/** Whether a value, or an item of a list, was found wrong before. */
export function isUnusable(value: unknown): boolean {
  return value === unusable || (Array.isArray(value) && value.some(isUnusable))
}
