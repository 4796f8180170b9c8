import type { InputField } from '../../contract/input-plan.js'
import { isScalar, printType } from '../../contract/value-type.js'
import { OutputMisfit } from '../../response/serialize/misfit.js'
import { isJson, jsonText, plainText, scalarText, type ToText } from './field-text.js'
import { readEscaped } from './text-form.js'

/** Printable ASCII without spaces at its ends, which are no part of a header. RFC 9110 §5.5. */
const visible = /^(?:[!-~](?:[ -~]*[!-~])?)?$/

/** The text of one header. */
export function headerText(field: InputField, label: string): ToText {
  const { type } = field
  if (isJson(field)) return escapedBy(jsonText(type, label))
  if (field.transforms[0] === readEscaped && isScalar(type)) return escapedBy(scalarText(type, label))
  const toText = plainText(field, label)
  const expected = printType(type)
  return (value) => {
    const text = toText(value)
    if (!visible.test(text)) throw new OutputMisfit(label, expected, 'text that no header can hold')
    return text
  }
}

/** The value of one cookie: percent-encoded, as readers expect it. */
export function cookieText(field: InputField, label: string): ToText {
  return escapedBy(plainText(field, label))
}

function escapedBy(toText: ToText): ToText {
  return (value) => encodeURIComponent(toText(value))
}
