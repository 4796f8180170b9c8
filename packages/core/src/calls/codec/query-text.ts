import { isPoisoned, splitName } from '../../binding/names.js'
import type { InputField } from '../../contract/input-plan.js'
import type { FieldPlan } from '../../contract/object-plan.js'
import { isScalar, printType, type ValueType } from '../../contract/value-type.js'
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
  const refuse = (received: string) => {
    throw new OutputMisfit(label, printType(type), `${received}, which a query cannot say`)
  }
  return (value) => {
    const pairs: string[] = []
    const add = (path: string, at: ValueType, plain: unknown) => {
      if (typeof plain !== 'object' || plain === null) {
        pairs.push(`${encodeURIComponent(path)}=${encodeURIComponent(leafText(at, plain) ?? refuse(describe(plain)))}`)
        return
      }
      const entries = Object.entries(plain)
      if (entries.length === 0) refuse('empty')
      // An object whose keys are all numbers is read as a list.
      if (!Array.isArray(plain) && entries.every(([key]) => /^\d+$/.test(key))) refuse('an object with numbers as keys')
      for (const [key, item] of entries) {
        const inner = path === '' ? key : `${path}[${key}]`
        const segments = splitName(inner)
        if (key === '' || segments.at(-1) !== key || isPoisoned(segments))
          refuse('an object with an empty key or one with brackets')
        add(inner, typeIn(at, key, plain), item)
      }
    }
    add(name ?? '', type, serializer.project(value))
    return pairs.join('&')
  }
}

/** The text of one value; undefined where text is read as something else. */
function leafText(type: ValueType, plain: unknown): string | undefined {
  switch (type.kind) {
    // Text is all that a query holds.
    case 'any':
      return typeof plain === 'string' ? plain : undefined
    case 'duration':
    case 'size':
      return Number.isSafeInteger(plain) && (plain as number) >= 0 ? String(plain) : undefined
    default:
      return plain === null ? undefined : String(plain)
  }
}

/** The declared type of a member of a value. */
function typeIn(type: ValueType, key: string, plain: object): ValueType {
  if ('element' in type) return type.element
  const named = (fields: readonly FieldPlan[]) => fields.find((field) => field.name === key)?.type
  if (type.kind === 'object') return named(type.plan().fields) ?? text
  if (type.kind !== 'union') return type
  const { discriminator, variants } = type
  const variant = variants.get((plain as Readonly<Record<string, string>>)[discriminator]!)
  return (key === discriminator ? undefined : variant && named(variant().fields)) ?? text
}

const text: ValueType = { kind: 'string' }
