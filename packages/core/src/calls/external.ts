import { captureSite } from '../errors/call-site.js'
import { E_EXTERNAL_UNSET } from '../errors/catalogue/deployments.js'
import { lokstraError } from '../errors/lokstra-error.js'

/**
 * The body of a method that describes an operation of another system: `async charge(input: Charge): Promise<Receipt> { return external(input) }`.
 * It runs only where the configuration does not say under `external` where that system is.
 * @param _parameters  of the method, which compilers and linters would call unused otherwise
 * @throws E_EXTERNAL_UNSET
 */
export function external(..._parameters: readonly unknown[]): never {
  throw lokstraError(E_EXTERNAL_UNSET, {}, captureSite(external))
}
