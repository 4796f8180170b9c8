import type { InputField } from '../../contract/input-plan.js'
import { isScalar, printType, type ScalarType, type ValueType } from '../../contract/value-type.js'
import { compileExactSerializer } from '../../response/compile-serializer.js'
import { exactScalar } from '../../response/serialize/exact.js'
import { describe, OutputMisfit } from '../../response/serialize/misfit.js'
import { readShadowed } from '../../response/serialize/output-fields.js'
import { rootLabel } from '../../response/serialize/project.js'
import { readEscapedJson, readJson } from './text-form.js'

/** The text of one value of a type, or of one item of a list; what it throws names the field. */
export type ToText = (value: unknown) => string

/** What a method was called with. */
export type Values = Readonly<Record<string, unknown>>

/** Reads a property; what every object inherits under its name is no value. */
export function valueReader(property: string): (values: Values) => unknown {
  return property in Object.prototype ? (values) => readShadowed(values, property) : (values) => values[property]
}

/** What a field is called in errors: `FindUser.id`. */
export function labelOf(type: { readonly name: string }, { property }: Pick<InputField, 'property'>): string {
  return `${type.name}.${property}`
}

/** Whether the callee reads the value as JSON. */
export function isJson({ transforms: [transform] }: InputField): boolean {
  return transform === readJson || transform === readEscapedJson
}

/** @throws OutputMisfit */
export function jsonText(type: ValueType, label: string): ToText {
  const serializer = compileExactSerializer(type)
  return (value) => {
    try {
      return serializer.write(value)!
    } catch (error) {
      if (!OutputMisfit.is(error)) throw error
      // A serialiser knows its fields, and not that the whole is one itself.
      const field = error.field.replace(wholeLabel, (_, before: string) => before + label)
      throw new OutputMisfit(field, error.expected, error.received)
    }
  }
}

const wholeLabel = new RegExp(`^(|a key of )${rootLabel}(?=$|\\[)`)

/**
 * The text of a scalar. Null has none: where a value may be text, so may every text that would stand for it.
 * @throws OutputMisfit
 */
export function scalarText(type: ScalarType, label: string): ToText {
  const expected = printType(type)
  const kind = type.kind === 'any' ? 'string' : type.kind
  return (value) => {
    if (value === null) throw new OutputMisfit(label, expected, 'null')
    const text = String(exactScalar(value, label, expected, kind))
    // A text of one is read with its unit, and rounded.
    if ((kind === 'duration' || kind === 'size') && !/^\d+$/.test(text)) {
      throw new OutputMisfit(label, expected, 'no whole number from 0, which text cannot say')
    }
    return text
  }
}

/**
 * The texts of a list or set.
 * @throws OutputMisfit  for what is no list, and for items that are no scalars
 */
export function listTexts(
  type: ValueType & { readonly element: ValueType },
  label: string,
): (value: unknown) => string[] {
  const { element } = type
  const expected = printType(type)
  const item = isScalar(element) ? scalarText(element, `${label}[]`) : undefined
  return (value) => {
    if (!item || !(Array.isArray(value) || value instanceof Set))
      throw new OutputMisfit(label, expected, describe(value))
    return Array.from(value as Iterable<unknown>, item)
  }
}

/**
 * The text of a field as people write it into a path, a header or a cookie: a scalar, or a list of them with commas in between.
 * @throws OutputMisfit  for everything of another type, and for items that would be read as something else
 */
export function plainText({ type, source }: InputField, label: string): ToText {
  if (isScalar(type)) return scalarText(type, label)
  if (type.kind !== 'array' && type.kind !== 'set') {
    return (value) => {
      throw new OutputMisfit(label, 'text', describe(value))
    }
  }
  const texts = listTexts(type, label)
  return (value) => {
    const items = texts(value)
    if (items.some((item) => item === '' || item.includes(',') || (source === 'header' && item.trim() !== item))) {
      throw new OutputMisfit(label, printType(type), 'a list with an item that is empty or has a comma')
    }
    return items.join(',')
  }
}
