import type { AppConfig } from '../config/classes/server-config.js'
import type { Locate } from '../config/tree/config-path.js'
import { E_FORMATTER_INVALID, E_FORMATTER_UNKNOWN } from '../errors/catalogue/routing.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { Formatter } from '../response/formatters/formatter.js'
import { formatters } from '../response/formatters/formatters.js'
import { refuseFormatter } from '../response/formatters/refuse-formatter.js'
import type { AppOptions } from '../server/server-options.js'

const defaultFormatter = formatters.get('lokstra')!

/** The formatter that code gives an app, or a name means; where there is none, which is reported, the default. */
export function chooseFormatter(
  { name: app, formatter: name }: AppConfig,
  { formatter: given }: AppOptions,
  locate: Locate,
  problems: LokstraError[],
): Formatter {
  const reason = refuseFormatter(given)
  if (reason) {
    problems.push(lokstraError(E_FORMATTER_INVALID, { app, reason }, locate(['formatter'])))
    return defaultFormatter
  }
  if (typeof given === 'object') return given
  const known = formatters.get(name)
  if (known) return known
  const params = { app, name, hint: didYouMean(name, formatters.keys()) }
  problems.push(lokstraError(E_FORMATTER_UNKNOWN, params, locate(['formatter'])))
  return defaultFormatter
}
