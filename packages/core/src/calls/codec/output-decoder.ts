import type { OutputPlan } from '../../contract/operation.js'
import { printOutput } from '../../contract/value-type.js'
import { OutputMisfit } from '../../response/serialize/misfit.js'
import { rootLabel } from '../../response/serialize/project.js'
import type { CallResponse } from '../call-transport.js'
import { compileReader, type Reader } from './compile-reader.js'
import { parseResult, unreadable } from './call-result.js'
import { plainFailures, readItems, readPlainItems, type StreamFailures } from './read-items.js'

/**
 * Makes of the answer to a call what the method returns: instances of the declared classes, dates, sets, maps and bigints; undefined
 * where the operation answers with nothing. Of a stream an iterable, which can be read once; to leave its loop early aborts the call.
 * @returns a promise where the body is still to be read
 * @throws LokstraError E_CALL_RESULT; whatever the body of the answer throws
 */
export type OutputDecoder<R extends CallResponse> = (response: R) => unknown

/**
 * @param output  of a `callOperation`
 * @param what  the operation in errors, such as `UserService.find`
 * @param failures  what to throw where a stream ends before its end; without, E_CALL_RESULT
 * @param isOurs  a server of the project answers, whose streams say where they end
 */
export function createOutputDecoder<R extends CallResponse>(
  output: OutputPlan,
  what: string,
  failures: StreamFailures<R> = plainFailures(what),
  isOurs = true,
): OutputDecoder<R> {
  const { type, isStream } = output
  if (isStream) {
    const read = type && guarded(compileReader(type, `${rootLabel}[]`), what)
    return (response) => {
      if (response.status !== 204) {
        const items =
          read && !isOurs ? readPlainItems(response, read, what, failures) : readItems(response, read, what, failures)
        return Promise.resolve(items)
      }
      return Promise.reject(unreadable(what, `it is empty, and declared as ${printOutput(output)}`))
    }
  }
  if (!type) return (response) => drain(response)
  const read = guarded(compileReader(type, rootLabel), what)
  const readText = ({ status }: CallResponse, text: string): unknown => {
    // A method that returned undefined.
    if (status === 204 || text === '') return undefined
    return read(parseResult(text, what))
  }
  return (response) => {
    if (response.body !== undefined) return readText(response, response.body)
    return response.text().then((text) => readText(response, text))
  }
}

/** Read to its end, so that its connection can be used again. */
async function drain(response: CallResponse): Promise<undefined> {
  await response.text()
  return undefined
}

function guarded(read: Reader, what: string): Reader {
  return (plain) => {
    try {
      return read(plain)
    } catch (error) {
      if (!OutputMisfit.is(error)) throw error
      throw unreadable(what, error.message)
    }
  }
}
