import type { Source } from '../decorators/binding.js'
import { constantFieldError, type FieldError } from '../errors/http-error.js'

/** One thing wrong with an object, told from there: what holds the object puts its own name in front of the path. */
export class Complaint {
  /** Index of the field in the object that tells it. */
  readonly field: number
  /** `address.zip` */
  readonly path: string
  readonly code: string
  readonly message: string
  /** Made once and told often, so that what clients get of it is kept as well. */
  readonly #errors: Partial<Record<Source, FieldError>> | undefined

  constructor(field: number, path: string, code: string, message: string, isConstant: boolean) {
    this.field = field
    this.path = path
    this.code = code
    this.message = message
    this.#errors = isConstant ? {} : undefined
  }

  get isConstant(): boolean {
    return this.#errors !== undefined
  }

  /** As clients are told. */
  in(source: Source): FieldError {
    const { path, code, message } = this
    if (this.#errors === undefined) return { in: source, field: path, code, message }
    return (this.#errors[source] ??= constantFieldError(source, path, code, message))
  }
}
