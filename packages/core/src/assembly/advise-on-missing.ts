import type { Token } from '../container/service-definition.js'
import { readService } from '../decorators/service.js'
import type { Offers } from './offers.js'

/** What to do where something injects what nothing provides. */
export function adviseOnMissing(token: Token, offers: Offers): string {
  const offered = offers.names('services')
  const known = offered.length > 0 ? ` Installed packages offer the types ${offered.join(', ')}.` : ''
  if (typeof token === 'string') {
    return `List a service named ${token} under services in the configuration, or export a @Service('${token}') class from a discovered file.${known}`
  }
  const { name } = token
  const asClass = readService(token)
    ? `${name} carries @Service but was not found: export it from a file that a pattern under discover matches`
    : `Put @Service() on ${name}, or on a class that extends it, and export it from a discovered file`
  return `${asClass}; or list it under services.${known}`
}
