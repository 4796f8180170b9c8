import type { ValidationError, ValidatorOptions } from 'class-validator'

import { isKnownValid } from './is-known-valid.js'
import { getFromContainer, validatorClass, type Validator } from './class-validator.js'
import { stripEmptyErrors, ValidationRun } from './validation-run.js'

/**
 * Validates an object by the rules of its class: class-validator's function, with its results, on the compiled rules.
 * @returns what is wrong; empty when nothing is
 */
export function validate(object: object, options?: ValidatorOptions): Promise<ValidationError[]>
/** Validates an object by a schema. class-validator 0.15 throws for any object once a schema is registered, and so does this. */
export function validate(schema: string, object: object, options?: ValidatorOptions): Promise<ValidationError[]>
export function validate(...given: Given): Promise<ValidationError[]> {
  const validator = getFromContainer(validatorClass())
  return isOriginal(validator) ? run(given) : validator.validate(...forwarded(given))
}

/** Validates an object by the rules of its class, and rejects with what is wrong, if anything is. */
export function validateOrReject(object: object, options?: ValidatorOptions): Promise<void>
/** Validates an object by a schema; see {@link validate}. */
export function validateOrReject(schema: string, object: object, options?: ValidatorOptions): Promise<void>
export function validateOrReject(...given: Given): Promise<void> {
  const validator = getFromContainer(validatorClass())
  return isOriginal(validator) ? runOrReject(given) : validator.validateOrReject(...forwarded(given))
}

/**
 * Validates an object by the rules of its class at once. Rules that are declared asynchronous are left out; answers that turn
 * out to be promises are ignored.
 */
export function validateSync(object: object, options?: ValidatorOptions): ValidationError[]
/** Validates an object by a schema; see {@link validate}. */
export function validateSync(schema: string, object: object, options?: ValidatorOptions): ValidationError[]
export function validateSync(...given: Given): ValidationError[] {
  const validator = getFromContainer(validatorClass())
  if (!isOriginal(validator)) return validator.validateSync(...forwarded(given))
  const { object, options } = read(given)
  if (isKnownValid(object, options)) return []
  const validation = new ValidationRun(options, true)
  const errors: ValidationError[] = []
  validation.execute(object, errors)
  return stripEmptyErrors(errors)
}

type Given = [object: object, options?: ValidatorOptions] | [schema: string, object: object, options?: ValidatorOptions]

function run(given: Given): Promise<ValidationError[]> {
  const { object, options } = read(given)
  if (isKnownValid(object, options)) return Promise.resolve([])
  const validation = new ValidationRun(options, false)
  const errors: ValidationError[] = []
  validation.execute(object, errors)
  return Promise.all(validation.pending).then(() => stripEmptyErrors(errors))
}

async function runOrReject(given: Given): Promise<void> {
  const errors = await run(given)
  // The list of errors itself, as class-validator rejects with it.
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
  if (errors.length > 0) return Promise.reject(errors)
}

function read(given: Given): { readonly object: object; readonly options: ValidatorOptions | undefined } {
  if (typeof given[0] === 'string') return { object: given[1]!, options: given[2] }
  return { object: given[0], options: given[1] }
}

/** A validator of the user's own, which the container of `useContainer` gave, has its own ways; none at all fails as there. */
function isOriginal(validator: Validator | undefined): boolean {
  return validator?.constructor === validatorClass()
}

/** class-validator passes options behind an object only, and behind a schema's object. */
function forwarded(given: Given): [schema: string, object: object, options?: ValidatorOptions] {
  const passed: unknown = typeof given[0] === 'string' ? [given[0], given[1], given[2]] : [given[0], given[1]]
  return passed as [schema: string, object: object, options?: ValidatorOptions]
}
