import { validationError, type FieldError, type ValidationError } from '../errors/http-error.js'
import type { InputPlan } from '../contract/input-plan.js'
import type { Source } from '../decorators/binding.js'
import type { Complaint } from './complaint.js'
import { maxIssues } from './findings.js'
import type { Issue } from './issue.js'
import { formatPath } from './place.js'

/** What the client is told, up to the first 100. */
export function toValidationError(issues: readonly Issue[]): ValidationError {
  return validationError((issues.length > maxIssues ? issues.slice(0, maxIssues) : issues).map(toFieldError))
}

function toFieldError({ place, code, message }: Issue): FieldError {
  return { in: place.source!, field: formatPath(place.path()), code, message }
}

/** The same of what emitted code has told. */
export function toldError(complaints: readonly Complaint[], source: Source): ValidationError {
  const told = complaints.length > maxIssues ? complaints.slice(0, maxIssues) : complaints
  return validationError(told.map((complaint) => complaint.in(source)))
}

/** The same of a request, whose fields come from several sources. */
export function toldInputError(complaints: readonly Complaint[], { fields }: InputPlan): ValidationError {
  // Text sources are read before the body, whatever the order of the fields.
  const told = isInOrder(complaints) ? complaints : [...complaints].sort((a, b) => a.field - b.field)
  const errors: FieldError[] = []
  for (let index = 0; index < told.length && index < maxIssues; index++) {
    const complaint = told[index]!
    errors.push(complaint.in(fields[complaint.field]!.source))
  }
  return validationError(errors)
}

function isInOrder(complaints: readonly Complaint[]): boolean {
  let last = 0
  for (const { field } of complaints) {
    if (field < last) return false
    last = field
  }
  return true
}
