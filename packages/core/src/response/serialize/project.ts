import type { ObjectPlan, ValueType } from '../../contract/input-plan.js'
import { printType } from '../../contract/value-type.js'
import { isComposite, type Composite } from './composite.js'
import { toItems, toRecord, nearestVariant } from './containers.js'
import { toJson } from './json-text.js'
import { absent, isBuiltIn, refuse } from './misfit.js'
import { outputFields, put, readField, type OutputField } from './output-fields.js'
import { enter, type Path } from './path.js'
import { projectAny } from './project-any.js'
import { toScalar } from './scalar.js'

/** Where the answer as a whole is meant and no field. */
export const rootLabel = 'data'

/**
 * The declared part of a value as plain data, whose JSON is what the compiled serialiser writes. What it throws says what is wrong
 * with the value.
 * @throws OutputMisfit
 */
export function project(type: ValueType, value: unknown): unknown {
  return projectValue(type, value, rootLabel, new Map())
}

/**
 * The same for a value under a field.
 * @param path  the objects around the value; without them data that contains itself ends as a RangeError
 */
export function projectValue(type: ValueType, value: unknown, label: string, path: Path | undefined): unknown {
  if (value === undefined) return undefined
  if (type.kind === 'any') return projectAny(value, label, path, projectValue)
  if (!isComposite(type)) return toScalar(value, label, printType(type))
  if (typeof value !== 'object' || value === null) return absent(value, label, printType(type))
  const within = path && enter(path, type, value, label)
  const plain = projectObject(type, value, label, path)
  within?.delete(value)
  return plain
}

function projectObject(type: Composite, value: object, label: string, path: Path | undefined): unknown {
  switch (type.kind) {
    case 'array':
    case 'set': {
      const items = type.kind === 'set' ? toItems(value) : Array.isArray(value) ? (value as unknown[]) : undefined
      if (!items) return refuse(value, label, printType(type))
      const plain: unknown[] = []
      for (const item of items) plain.push(projectValue(type.element, item, `${label}[]`, path) ?? null)
      return plain
    }
    case 'map': {
      const record = toRecord(value, label, printType(type))
      const plain: Record<string, unknown> = {}
      for (const key of Object.keys(record))
        put(plain, key, projectValue(type.element, record[key], `${label}[]`, path))
      return plain
    }
    case 'object':
      if (Array.isArray(value)) refuse(value, label, printType(type))
      return projectClass(type.plan(), value, label, path)
    case 'union': {
      const name = nearestVariant(type)(value)
      if (name === undefined) return refuse(value, label, printType(type))
      const plain: Record<string, unknown> = {}
      put(plain, type.discriminator, name)
      return projectFields(plain, type.variants.get(name)!(), value, path, type.discriminator)
    }
  }
}

function projectClass(plan: ObjectPlan, value: object, label: string, path: Path | undefined): unknown {
  const plain = projectFields({}, plan, value, path)
  if (isBuiltIn(value) && toJson(plain) === '{}') refuse(value, label, plan.type.name)
  return plain
}

/** @param discriminator  name that is written already */
function projectFields(
  plain: Record<string, unknown>,
  plan: ObjectPlan,
  value: object,
  path: Path | undefined,
  discriminator?: string,
): Record<string, unknown> {
  for (const field of outputFields(plan)) {
    if (field.name === discriminator) continue
    const item = readField(value, field)
    if (item === undefined) continue
    put(plain, field.name, projectField(field, item, path))
  }
  return plain
}

/** What a `@Transform` makes a scalar is one, whatever the type of the property: its author wrote what is to go out. */
function projectField(field: OutputField, item: unknown, path: Path | undefined): unknown {
  const { type, label, transforms } = field
  if (transforms.length > 0 && typeof item !== 'object' && type.kind !== 'any') {
    return toScalar(item, label, printType(type))
  }
  return projectValue(type, item, label, path)
}
