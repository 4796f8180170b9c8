import type { InputLimits } from '../../context/context.js'
import { UnsupportedMediaTypeError } from '../../errors/http-error.js'
import { parseMediaType } from '../media-type.js'
import { parseJson } from './json.js'
import { parseUrlencoded } from './urlencoded.js'

/** Turns the text of a body into plain data. */
export interface BodyParser {
  readonly parse: (text: string, limits: InputLimits) => unknown
  /** Values are text: numbers and booleans are read from it, and one value stands for a list of one. */
  readonly isForm: boolean
}

const json: BodyParser = { parse: parseJson, isForm: false }

const parsers: ReadonlyMap<string, BodyParser> = new Map([
  ['application/json', json],
  ['application/x-www-form-urlencoded', { parse: parseUrlencoded, isForm: true }],
])

const accepted = [...parsers.keys()].join(', ')

/** @throws UnsupportedMediaTypeError unless the body is of a supported type, in UTF-8 */
export function findBodyParser(contentType: string | undefined): BodyParser {
  // By far the most frequent header needs no parsing.
  if (contentType === 'application/json') return json
  if (contentType === undefined) throw unsupported('The request has a body and no Content-Type')
  const type = parseMediaType(contentType)
  if (!type) throw unsupported('The Content-Type of the request is not a media type')
  const parser = parsers.get(type.essence) ?? (/^application\/.+\+json$/.test(type.essence) ? json : undefined)
  if (!parser) throw unsupported(`The media type ${type.essence} is not supported`)
  const charset = type.parameters.get('charset')?.toLowerCase()
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw unsupported(`The charset ${charset} is not supported; use utf-8`)
  return parser
}

function unsupported(message: string): UnsupportedMediaTypeError {
  return new UnsupportedMediaTypeError(`${message}. Supported: ${accepted}`, { headers: { accept: accepted } })
}
