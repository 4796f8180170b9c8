import { classicFormatter } from './classic.js'
import type { Formatter } from './formatter.js'
import { lokstraFormatter } from './lokstra.js'
import { plainFormatter } from './plain.js'
import { problemFormatter } from './problem.js'

/** The built-in formatters by the name that configuration uses. */
export const formatters: ReadonlyMap<string, Formatter> = new Map(
  [lokstraFormatter, classicFormatter, plainFormatter, problemFormatter].map((formatter) => [
    formatter.name,
    formatter,
  ]),
)
