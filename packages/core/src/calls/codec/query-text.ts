import { splitName } from '../../binding/names.js'
import type { InputField, ValueType } from '../../contract/input-plan.js'
import { isScalar, printType } from '../../contract/value-type.js'
import { compileExactSerializer } from '../../response/compile-serializer.js'
import { describe, OutputMisfit } from '../../response/serialize/misfit.js'
import { isJson, jsonText, listTexts, scalarText, type ToText } from './field-text.js'

/** `a=1&a=2` of one value, escaped. */
export function queryText(field: InputField, label: string): ToText {
  const { name, type } = field
  if (isJson(field)) return pairOf(name, jsonText(type, label))
  if (field.isWildcard) return nestedText(undefined, type, label)
  if (isScalar(type) && type.kind !== 'any') return pairOf(name, scalarText(type, label))
  if ((type.kind === 'array' || type.kind === 'set') && isScalar(type.element)) return listText(name, type, label)
  return nestedText(name, type, label)
}

function pairOf(name: string, toText: ToText): ToText {
  const start = `${encodeURIComponent(name)}=`
  return (value) => start + encodeURIComponent(toText(value))
}

/** One item that has a comma itself, or nothing, would be read as several, or as none. */
function listText(name: string, type: ValueType & { readonly element: ValueType }, label: string): ToText {
  const texts = listTexts(type, label)
  const start = `${encodeURIComponent(name)}=`
  const startOfOne = `${encodeURIComponent(name)}[]=`
  return (value) => {
    const items = texts(value)
    const [first] = items
    if (first === undefined) return start
    if (items.length === 1 && (first === '' || first.includes(','))) return startOfOne + encodeURIComponent(first)
    return items.map((item) => start + encodeURIComponent(item)).join('&')
  }
}

/** `name[a]=1&name[b][0]=2`. */
function nestedText(name: string | undefined, type: ValueType, label: string): ToText {
  const serializer = compileExactSerializer(type)
  const expected = printType(type)
  return (value) => {
    const pairs: string[] = []
    const add = (path: string, plain: unknown) => {
      // Text is all that a query holds: of what nothing is declared, a number would arrive as text.
      if (typeof plain === 'string' || (type.kind !== 'any' && plain !== null && typeof plain !== 'object')) {
        pairs.push(`${encodeURIComponent(path)}=${encodeURIComponent(String(plain))}`)
        return
      }
      const entries = typeof plain === 'object' && plain !== null ? Object.entries(plain) : []
      if (entries.length === 0) throw new OutputMisfit(label, expected, `${emptiness(plain)}, which a query cannot say`)
      for (const [key, item] of entries) {
        const inner = path === '' ? key : `${path}[${key}]`
        if (item === undefined) continue
        if (splitName(inner).at(-1) !== key || key === '') {
          throw new OutputMisfit(label, expected, 'an object with a key that a query cannot say')
        }
        add(inner, item)
      }
    }
    add(name ?? '', serializer.project(value))
    return pairs.join('&')
  }
}

function emptiness(plain: unknown): string {
  if (plain === null) return 'null'
  return typeof plain === 'object' ? 'empty' : describe(plain)
}
