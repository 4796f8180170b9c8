import { validationError, type FieldError, type ValidationError } from '../errors/http-error.js'
import { maxIssues } from './conversion.js'
import type { Issue } from './issue.js'
import { formatPath } from './place.js'

/** What the client is told, up to the first 100. */
export function toValidationError(issues: readonly Issue[]): ValidationError {
  return validationError((issues.length > maxIssues ? issues.slice(0, maxIssues) : issues).map(toFieldError))
}

function toFieldError({ place, code, message }: Issue): FieldError {
  return { in: place.source!, field: formatPath(place.path()), code, message }
}
