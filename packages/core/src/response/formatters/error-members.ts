import { constantJson, type FieldError } from '../../errors/http-error.js'
import { jsonMember, quote, toJson } from '../serialize/json-text.js'
import type { ErrorPayload } from './formatter.js'

/** The inside of the object that describes an error: `"code":…,"message":…,"fields":…,"requestId":…,"details":…`. */
export function errorMembers({ code, message, fields, requestId, details }: ErrorPayload): string {
  const text = `"code":${textOf(code)},"message":${textOf(message)}${fieldsMember('fields', fields)},"requestId":${textOf(requestId)}`
  return details === undefined ? text : text + jsonMember('details', details)
}

/** `,"name":[{in, field, code, message}, …]` for the inside of an object; nothing where there are none. */
export function fieldsMember(name: string, fields: readonly FieldError[] | undefined): string {
  if (fields === undefined) return ''
  let text = ''
  for (const error of fields) text += `${text === '' ? '' : ','}${fieldText(error)}`
  return `,"${name}":[${text}]`
}

function fieldText(error: FieldError): string {
  const constant = constantJson(error)
  if (constant !== undefined) return constant
  const { in: source, field, code, message } = error
  return `{"in":${textOf(source)},"field":${textOf(field)},"code":${textOf(code)},"message":${textOf(message)}}`
}

function textOf(value: string): string {
  return typeof value === 'string' ? quote(value) : (toJson(value) ?? 'null')
}
