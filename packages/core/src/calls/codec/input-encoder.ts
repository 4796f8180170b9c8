import type { InputField, InputPlan } from '../../contract/input-plan.js'
import type { ObjectPlan } from '../../contract/object-plan.js'
import { printType } from '../../contract/value-type.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { E_CALL_VALUE } from '../../errors/catalogue/call-values.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import { compileExactSerializer } from '../../response/compile-serializer.js'
import { describe, OutputMisfit } from '../../response/serialize/misfit.js'
import type { CallRequest } from '../call-transport.js'
import { jsonText, labelOf, valueReader, type ToText, type Values } from './field-text.js'
import { cookieText, headerText } from './header-text.js'
import { pathText } from './path-text.js'
import { queryText } from './query-text.js'
import { untransformedField } from './untransformed.js'

/**
 * Makes a call of what a method was called with: an instance of the DTO or any object with its properties. Fields that are undefined
 * are left out, and so is what no field declares.
 * @param headers  what else the call has; those of the input are added to it, and go before
 * @throws LokstraError E_CALL_VALUE for a value that would not arrive as what it is
 */
export type InputEncoder = (input: unknown, headers?: Record<string, string>) => CallRequest

/** Gives the text of one field, if there is a value. */
type FieldText = (values: Values) => string | undefined

const json = 'application/json'

/**
 * Compiles the encoding of an operation's input, the reverse of its binding. Of a `callOperation` every value that the types allow can
 * be said; of one that is called as it is declared, such as that of an external service, only what its path, query and headers can hold.
 * @param base  before the path, without a slash at its end
 */
export function createInputEncoder(operation: Operation, base = ''): InputEncoder {
  const { input } = operation
  const verb = operation.verb === 'ALL' ? 'POST' : operation.verb
  const path = pathText(operation, base)
  const query = textsOf(input, 'query', queryText)
  const headers = textsOf(input, 'header', headerText)
  const cookies = textsOf(input, 'cookie', cookieText)
  const body = input?.readsBody ? bodyText(input) : undefined
  const encode = (values: Values, others: Record<string, string>): CallRequest => {
    if (body) others['content-type'] = json
    addHeaders(others, headers, cookies, values)
    return { verb, target: path(values) + queryOf(query, values), headers: others, body: body?.(values) }
  }
  return (given, others = {}) => {
    try {
      if (!input) return encode({}, others)
      if (typeof given !== 'object' || given === null)
        throw new OutputMisfit('its input', input.type.name, describe(given))
      return encode(given as Values, others)
    } catch (error) {
      throw OutputMisfit.is(error) ? misfitError(operation, error) : error
    }
  }
}

/** E_CALL_VALUE, of what an operation was called with. */
export function misfitError(operation: Operation, { field, expected, received }: OutputMisfit): Error {
  const params = {
    operation: operationName(operation),
    field,
    expected,
    received: received ?? 'an object within itself',
  }
  return lokstraError(E_CALL_VALUE, params, operation.site)
}

interface NamedText {
  readonly name: string
  readonly text: FieldText
}

function textsOf(
  input: InputPlan | undefined,
  source: 'query' | 'header' | 'cookie',
  textOf: (field: InputField, label: string) => ToText,
): readonly NamedText[] {
  if (!input) return []
  return input.fields
    .filter((field) => field.source === source)
    .map((field) => {
      const read = valueReader(field.property)
      const toText = textOf(field, labelOf(input.type, field))
      const text: FieldText = (values) => {
        const value = read(values)
        return value === undefined ? undefined : toText(value)
      }
      return { name: field.name, text }
    })
}

function queryOf(texts: readonly NamedText[], values: Values): string {
  let query = ''
  for (const { text } of texts) {
    const pair = text(values)
    if (pair !== undefined && pair !== '') query += `${query === '' ? '?' : '&'}${pair}`
  }
  return query
}

function addHeaders(
  headers: Record<string, string>,
  texts: readonly NamedText[],
  cookies: readonly NamedText[],
  values: Values,
): void {
  for (const { name, text } of texts) {
    const value = text(values)
    if (value !== undefined) headers[name] = value
  }
  let cookie = ''
  for (const { name, text } of cookies) {
    const value = text(values)
    if (value !== undefined) cookie += `${cookie === '' ? '' : '; '}${name}=${value}`
  }
  if (cookie !== '') headers.cookie = cookie
}

function bodyText(input: InputPlan): (values: Values) => string {
  const fields = input.fields.filter(({ source }) => source === 'body').map(untransformedField)
  const whole = fields.find(({ isWildcard }) => isWildcard)
  if (!whole) return objectText(input, fields)
  const label = labelOf(input.type, whole)
  const toText = jsonText(whole.type, label)
  const read = valueReader(whole.property)
  return (values) => {
    const value = read(values)
    if (value === undefined) throw new OutputMisfit(label, printType(whole.type), 'undefined')
    return toText(value)
  }
}

function objectText({ type }: InputPlan, fields: ObjectPlan['fields']): (values: Values) => string {
  const plan: ObjectPlan = { type, fields, hasAccessors: false, hasFixedShape: false }
  const serializer = compileExactSerializer({ kind: 'object', plan: () => plan })
  return (values) => serializer.write(values)!
}
