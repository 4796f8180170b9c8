import type { ExternalConfig } from '../../config/classes/calls-config.js'
import type { LoadedConfig } from '../../config/load-config.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { E_EXTERNAL_OPERATION } from '../../errors/catalogue/call-values.js'
import { E_EXTERNAL_INVALID } from '../../errors/catalogue/deployments.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { senderHeaders } from '../../http/sender-headers.js'
import { unfitHeader } from '../../http/unfit-header.js'

/** Headers that neither the configuration nor an input can say rightly, and why. */
const reserved: ReadonlyMap<string, string> = new Map([
  ...senderHeaders,
  ...['content-type', 'content-encoding'].map((name) => [name, 'is said of the body, which is JSON'] as const),
  ['accept-encoding', 'asks for answers that are compressed, which are not read'],
  ['traceparent', 'carries on the trace of the request that calls'],
  ['tracestate', 'carries on the trace of the request that calls'],
])

interface ExternalParts {
  readonly config: ExternalConfig
  readonly operations: readonly Operation[]
  readonly loaded: LoadedConfig
  readonly problems: LokstraError[]
}

/**
 * Reports headers of a service of another system that no request can have, or that are said in two places.
 * @param name  of the service
 */
export function refuseHeaders(name: string, { config, operations, loaded, problems }: ExternalParts): void {
  const configured = [...config.headers.keys()].map((header) => header.toLowerCase())
  for (const [header, value] of config.headers) {
    const refusal = refusalOf(header, value, configured)
    if (refusal === undefined) continue
    const where = loaded.locate(['external', name, 'headers', header])
    const fix = 'Correct it or leave it out; a secret that was read from a file may end with a line break.'
    problems.push(lokstraError(E_EXTERNAL_INVALID, { name, reason: `headers.${header} ${refusal}`, fix }, where))
  }
  for (const operation of operations) {
    for (const problem of clashesOf(operation, new Set(configured))) {
      const fix = 'Leave the field out, or have it in another header: one header is said in one place.'
      const params = { operation: operationName(operation), problem, fix }
      problems.push(lokstraError(E_EXTERNAL_OPERATION, params, operation.site))
    }
  }
}

function refusalOf(header: string, value: string, configured: readonly string[]): string | undefined {
  const lower = header.toLowerCase()
  const why = whyReserved(lower)
  if (why !== undefined) return why
  if (configured.indexOf(lower) !== configured.lastIndexOf(lower)) return 'is there twice, in another case'
  return unfitHeader(header, value)
}

function clashesOf({ input }: Operation, configured: ReadonlySet<string>): readonly string[] {
  const fields = input?.fields ?? []
  const hasCookies = fields.some(({ source }) => source === 'cookie')
  const isElsewhere = 'is one of those that the configuration sends with every call'
  return fields.flatMap(({ source, name, property }) => {
    if (source !== 'header' && source !== 'cookie') return []
    const header = source === 'cookie' ? source : name
    const ofConfiguration = configured.has(header) ? isElsewhere : undefined
    const ofCookies = source === 'header' && name === 'cookie' && hasCookies ? 'is made of its cookies' : undefined
    const ofTarget = header === 'host' ? 'is about where a request goes' : undefined
    const why = whyReserved(header) ?? ofTarget ?? ofConfiguration ?? ofCookies
    return why === undefined ? [] : `${input!.type.name}.${property} goes into the header ${header}, which ${why}`
  })
}

function whyReserved(header: string): string | undefined {
  return header.startsWith('lokstra-') ? 'is one of the calls between servers of a project' : reserved.get(header)
}
