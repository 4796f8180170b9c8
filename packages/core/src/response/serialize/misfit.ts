const kMisfit = Symbol.for('lokstra.outputMisfit')

/**
 * A value that is not of the type declared for it, or contains itself. Knows the field; the sender, which knows the operation,
 * makes the error of the catalogue out of it. What came is told by its kind alone: values may be secrets.
 */
export class OutputMisfit extends Error {
  override readonly name = 'OutputMisfit'
  readonly [kMisfit] = true

  /**
   * @param field     `Todo.title`; `data` for the answer as a whole, with `[]` for its items
   * @param expected  the declared type
   * @param received  undefined where the value contains itself
   */
  constructor(
    readonly field: string,
    readonly expected: string,
    readonly received: string | undefined,
  ) {
    super(
      received === undefined ? `${field} contains itself` : `${field} is declared as ${expected} and was ${received}`,
    )
  }

  static is(value: unknown): value is OutputMisfit {
    return typeof value === 'object' && value !== null && kMisfit in value
  }
}

/** @throws OutputMisfit */
export function refuse(value: unknown, field: string, expected: string): never {
  throw new OutputMisfit(field, expected, describe(value))
}

/** What stands for a value whose type wants an object or a list: null for nothing, which fits every type. */
export function absent(value: unknown, field: string, expected: string): null {
  return value === null || value === undefined ? null : refuse(value, field, expected)
}

/** What is an object and never one of a declared class; a promise that nobody awaited would be answered as `{}`. */
export function isBuiltIn(value: object): boolean {
  return value instanceof Promise || value instanceof Map || value instanceof Set || value instanceof Date
}

/** The text of an object of which no field was there. */
export function emptyText(value: object, field: string, expected: string): string {
  return isBuiltIn(value) ? refuse(value, field, expected) : '{}'
}

/** @throws OutputMisfit unless the value is null or undefined */
export function nullText(value: unknown, field: string, expected: string): string {
  return String(absent(value, field, expected))
}

/** Whatever it is, but not its value. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object') return `a ${typeof value}`
  const { constructor } = value as { readonly constructor?: unknown }
  return typeof constructor === 'function' && constructor !== Object
    ? `an object of class ${constructor.name}`
    : 'an object'
}
