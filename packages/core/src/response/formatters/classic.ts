import { STATUS_CODES } from 'node:http'

import type { FieldError } from '../../errors/http-error.js'
import { jsonMember } from '../serialize/json-text.js'
import type { Formatter, SuccessPayload } from './formatter.js'
import { SuccessText } from './success-text.js'

/** `{code, success, message?, data?, meta?}`; errors have `errors: {field: message}` and `requestId`. */
export const classicFormatter: Formatter = {
  name: 'classic',
  success: (payload) => new SuccessText(payload, successText),
  error: ({ code, message, fields, requestId, details }) => {
    const members =
      jsonMember('message', message) +
      jsonMember('errors', fields && messageByField(fields)) +
      jsonMember('requestId', requestId) +
      jsonMember('details', details)
    return { text: `{"code":${JSON.stringify(code)},"success":false${members}}` }
  },
}

function successText({ status, message, dataText, meta }: SuccessPayload): string {
  let text = `{"code":"${successCode(status)}","success":true`
  if (message !== undefined) text += jsonMember('message', message)
  if (dataText !== undefined) text += `,"data":${dataText}`
  if (meta !== undefined) text += jsonMember('meta', meta)
  return `${text}}`
}

/** `OK`, `CREATED`, `PARTIAL_CONTENT` … */
function successCode(status: number): string {
  if (status === 200) return 'OK'
  return (STATUS_CODES[status] ?? `HTTP ${status}`).toUpperCase().replace(/\W+/g, '_')
}

/** The first message of each field; the body as a whole is named `body`. */
function messageByField(fields: readonly FieldError[]): Record<string, string> {
  const messages = new Map<string, string>()
  for (const { in: source, field, message } of fields) {
    const name = field || source
    if (!messages.has(name)) messages.set(name, message)
  }
  return Object.fromEntries(messages)
}
