import {
  readBindings,
  readFields,
  readUnits,
  type BindingRecord,
  type FieldOptions,
  type UnitKind,
} from '../decorators/binding.js'
import type { Class } from '../decorators/metadata.js'
import { readRules, type Rule } from '../validation/rules.js'
import { readExposed, readTransformed, readTransformerType, type Direction } from './transformer-metadata.js'

/** All that decorators and one instance say of a class. */
export interface Declarations {
  /** The properties that are fields: in the order of declaration where an instance has them, then in the order of decoration. */
  readonly properties: readonly string[]
  readonly sample: Readonly<Record<string, unknown>>
  readonly bindings: ReadonlyMap<string, BindingRecord>
  readonly rules: ReadonlyMap<string, readonly Rule[]>
  readonly units: ReadonlyMap<string, UnitKind>
  /** Of the binding decorator and of `@Field`; the binding decorator goes before. */
  readonly optionsOf: (property: string) => FieldOptions
  /** `file:line` of the decorator, if one knows it. */
  readonly siteOf: (property: string) => string | undefined
}

/** @param onFailure  called when the class cannot be constructed without arguments; decorators alone speak then */
export function readDeclarations(type: Class, direction: Direction, onFailure: (reason: string) => void): Declarations {
  const sample = construct(type, onFailure)
  const bindings = new Map(readBindings(type).map((binding) => [binding.property, binding]))
  const fields = readFields(type)
  const rules = readRules(type)
  const units = readUnits(type)
  const decorated = [...bindings.keys(), ...rules.keys(), ...units.keys()]
  return {
    properties:
      direction === 'input'
        ? inputProperties(type, sample, [...decorated, ...[...fields.keys()].filter((one) => !isReadOnly(type, one))])
        : outputProperties(type, sample, [...decorated, ...readTransformed(type)], [...fields.keys()]),
    sample,
    bindings,
    rules,
    units,
    optionsOf: (property) => ({ ...fields.get(property)?.options, ...bindings.get(property)?.options }),
    siteOf: (property) => (bindings.get(property) ?? fields.get(property))?.site.toString(),
  }
}

function construct(type: Class, onFailure: (reason: string) => void): Readonly<Record<string, unknown>> {
  if (type.length > 0) {
    onFailure(`its constructor takes ${type.length} ${type.length === 1 ? 'parameter' : 'parameters'}`)
    return {}
  }
  try {
    return new type() as Record<string, unknown>
  } catch (error) {
    onFailure(`it throws ${String(error)}`)
    return {}
  }
}

/** What clients may fill is declared by decorators; `@Expose` alone is no such declaration, since it is about responses as well. */
function inputProperties(type: Class, sample: object, decorated: readonly string[]): readonly string[] {
  const own = Object.keys(sample).filter(
    (property) => decorated.includes(property) || readTransformerType(type, property),
  )
  return [...new Set([...own, ...decorated])]
}

/**
 * What an instance has of its own is written, and whatever is decorated beside it; of getters and methods only those that are exposed
 * or declared to be fields.
 */
function outputProperties(
  type: Class,
  sample: Readonly<Record<string, unknown>>,
  decorated: readonly string[],
  declared: readonly string[],
): readonly string[] {
  const own = Object.keys(sample).filter((property) => typeof sample[property] !== 'function')
  const plain = decorated.filter((property) => !(property in (type.prototype as object)))
  return [...new Set([...own, ...plain, ...declared, ...readExposed(type, 'output')])]
}

/** A getter without a setter, here or in an ancestor. */
export function isReadOnly(type: Class, property: string): boolean {
  for (
    let prototype: object | null = type.prototype as object;
    prototype;
    prototype = Reflect.getPrototypeOf(prototype)
  ) {
    const descriptor = Reflect.getOwnPropertyDescriptor(prototype, property)
    if (descriptor) return descriptor.get !== undefined && descriptor.set === undefined
  }
  return false
}
