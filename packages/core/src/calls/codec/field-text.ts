import type { InputField, ValueType } from '../../contract/input-plan.js'
import { isScalar, printType, type ScalarType } from '../../contract/value-type.js'
import { compileExactSerializer } from '../../response/compile-serializer.js'
import { exactScalar } from '../../response/serialize/exact.js'
import { describe, OutputMisfit } from '../../response/serialize/misfit.js'
import { readEscapedJson, readJson } from './text-form.js'

/** The text of one value of a type, or of one item of a list; what it throws names the field. */
export type ToText = (value: unknown) => string

/** What a field is called in errors: `FindUser.id`. */
export function labelOf(type: { readonly name: string }, { property }: Pick<InputField, 'property'>): string {
  return `${type.name}.${property}`
}

/** Whether the callee reads the value as JSON. */
export function isJson({ transforms: [transform] }: InputField): boolean {
  return transform === readJson || transform === readEscapedJson
}

export function jsonText(type: ValueType): ToText {
  const serializer = compileExactSerializer(type)
  return (value) => serializer.write(value)!
}

/**
 * The text of a scalar. Null has none: where a value may be text, so may every text that would stand for it.
 * @throws OutputMisfit
 */
export function scalarText(type: ScalarType, label: string): ToText {
  const expected = printType(type)
  const kind = type.kind === 'any' ? 'string' : type.kind
  return (value) => {
    if (value === null) throw new OutputMisfit(label, expected, 'null')
    return String(exactScalar(value, label, expected, kind))
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
