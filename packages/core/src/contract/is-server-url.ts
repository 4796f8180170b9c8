import { isServerUrl, serverUrlPattern } from './server-url.js'
import { Matches, ValidateBy, type ValidationOptions } from '../validation/class-validator.js'

/** {@link serverUrlPattern}, which schemas show as well, with a port and an address that there can be. */
export function IsServerUrl(options: ValidationOptions): PropertyDecorator {
  const rules = [
    Matches(serverUrlPattern, options),
    ValidateBy({ name: 'isServerUrl', validator: { validate: isServerUrl } }, options),
  ]
  return (target, property) => {
    for (const rule of rules) rule(target, property)
  }
}
