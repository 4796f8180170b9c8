import { jsonMember } from '../serialize/json-text.js'
import { errorMembers } from './error-members.js'
import type { FormattedText, Formatter, SuccessPayload } from './formatter.js'

/** `{status: "success", message?, data?, meta?}` and `{status: "error", error: {code, message, fields?, requestId, details?}}`. */
export const lokstraFormatter: Formatter = {
  name: 'lokstra',
  success: (payload) => new SuccessText(payload),
  error: (payload) => ({ text: `{"status":"error","error":{${errorMembers(payload)}}}` }),
}

class SuccessText implements FormattedText {
  readonly #payload: SuccessPayload

  constructor(payload: SuccessPayload) {
    this.#payload = payload
  }

  get text(): string {
    const { message, dataText, meta } = this.#payload
    let text = '{"status":"success"'
    if (message !== undefined) text += jsonMember('message', message)
    if (dataText !== undefined) text += `,"data":${dataText}`
    if (meta !== undefined) text += jsonMember('meta', meta)
    return `${text}}`
  }
}
