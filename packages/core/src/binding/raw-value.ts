import { isRecord } from '../objects/is-record.js'

/** Whether a plain read of the name finds something in any object, such as `constructor`. */
export function isInheritedName(name: string): boolean {
  return name in Object.prototype
}

/** The key of a field; what objects inherit under its name is no input. */
export function readKey(raw: object, field: { readonly name: string; readonly isInherited: boolean }): unknown {
  return field.isInherited && !Object.hasOwn(raw, field.name) ? undefined : (raw as Record<string, unknown>)[field.name]
}

/** The same for any name. */
export function readName(raw: object, name: string): unknown {
  return readKey(raw, { name, isInherited: isInheritedName(name) })
}

/** A form's value as a list: one value is a list of one, an empty one a list of none, `items[0]`, `items[2]` a list of two. */
export function toItems(raw: unknown): unknown {
  if (typeof raw === 'string') return raw === '' ? [] : [raw]
  if (!isRecord(raw)) return raw
  const keys = Object.keys(raw)
  return keys.every((key) => /^\d+$/.test(key)) ? keys.map((key) => raw[key]) : raw
}

/** A form's value as a record: numbered names arrive as a list. */
export function toRecord(raw: unknown): unknown {
  return Array.isArray(raw) ? Object.fromEntries(raw.entries()) : raw
}
