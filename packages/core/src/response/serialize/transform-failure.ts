const kFailure = Symbol.for('lokstra.transformFailure')

/** What a `@Transform` function threw, with the field that it is of; the sender adds the operation. */
export class TransformFailure extends Error {
  override readonly name = 'TransformFailure'
  readonly [kFailure] = true

  /** @param field  `Todo.title` */
  constructor(
    readonly field: string,
    cause: unknown,
  ) {
    super(`${field} cannot be computed`, { cause })
  }

  static is(value: unknown): value is TransformFailure {
    return typeof value === 'object' && value !== null && kFailure in value
  }
}
