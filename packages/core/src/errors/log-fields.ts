import type { LokstraError } from './lokstra-error.js'

/** An error of the catalogue as fields of a log line, for what stops nothing: without its stack. */
export function logFields({ code, problem, where, fix }: LokstraError): Readonly<Record<string, string>> {
  return { code, problem, ...(where.length > 0 ? { at: where.join(', ') } : {}), fix }
}
