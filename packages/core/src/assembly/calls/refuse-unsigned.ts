import { E_CALLS_SECRET } from '../../errors/catalogue/deployments.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'

/** Says that calls could not be told from those of others: at the first place that shows it, since one secret mends all of them. */
export function refuseUnsigned(problems: LokstraError[], why: string, where: string): void {
  if (problems.some(({ code }) => code === E_CALLS_SECRET.code)) return
  problems.push(lokstraError(E_CALLS_SECRET, { why }, where))
}
