import { captureSite } from '../errors/call-site.js'
import { E_EXTERNAL_UNSET } from '../errors/catalogue/deployments.js'
import { lokstraError } from '../errors/lokstra-error.js'

/**
 * The body of a method that describes an operation of another system: `charge(input: Charge): Promise<Receipt> { return external() }`.
 * It runs only where the configuration does not say under `external` where that system is.
 * @throws E_EXTERNAL_UNSET
 */
export function external(): never {
  throw lokstraError(E_EXTERNAL_UNSET, {}, captureSite(external))
}
