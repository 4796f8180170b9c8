import { E_CALL_RESULT } from '../../errors/catalogue/call-values.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'

/** @throws LokstraError E_CALL_RESULT */
export function parseResult(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw unreadable(what, 'it is no JSON', cause)
  }
}

export function unreadable(what: string, problem: string, cause?: unknown): LokstraError {
  return lokstraError(
    E_CALL_RESULT,
    { operation: what, problem },
    undefined,
    cause === undefined ? undefined : { cause },
  )
}
