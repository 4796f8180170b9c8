import { jsonMember } from '../serialize/json-text.js'
import { errorMembers } from './error-members.js'
import type { Formatter, SuccessPayload } from './formatter.js'
import { SuccessText } from './success-text.js'

/** `{status: "success", message?, data?, meta?}` and `{status: "error", error: {code, message, fields?, requestId, details?}}`. */
export const lokstraFormatter: Formatter = {
  name: 'lokstra',
  success: (payload) => new SuccessText(payload, successText),
  error: (payload) => ({ text: `{"status":"error","error":{${errorMembers(payload)}}}` }),
}

function successText({ message, dataText, meta }: SuccessPayload): string {
  let text = '{"status":"success"'
  if (message !== undefined) text += jsonMember('message', message)
  if (dataText !== undefined) text += `,"data":${dataText}`
  if (meta !== undefined) text += jsonMember('meta', meta)
  return `${text}}`
}
