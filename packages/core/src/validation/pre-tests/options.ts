/** Which values of an option leave a pre-test true: those with which the original accepts at least as much as by default. */
export type HarmlessOptions = Readonly<Record<string, (value: unknown) => boolean>>

export const any = (): boolean => true

export function only(expected: unknown): (value: unknown) => boolean {
  return (value) => value === expected
}

export const emptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/**
 * Whether a rule has no options but harmless ones. The default of an option counts as harmless, for validator.js writes its
 * defaults into the options that it is given.
 */
export function areHarmless(options: unknown, harmless: HarmlessOptions): boolean {
  if (options === undefined) return true
  if (typeof options !== 'object' || options === null) return false
  for (const key in options) {
    const value = (options as Record<string, unknown>)[key]
    if (value !== undefined && !(Object.hasOwn(harmless, key) && harmless[key]!(value))) return false
  }
  return true
}
