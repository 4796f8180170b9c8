import type { ObjectPlan } from '../../contract/object-plan.js'
import { isScalar, printType, type CompositeType, type ValueType } from '../../contract/value-type.js'
import { setProperty } from '../../objects/set-property.js'
import { toItems, toRecord, nearestVariant } from './containers.js'
import { assertKeys, assertPlain, exactScalar, refuseItem } from './exact.js'
import { toJson } from './json-text.js'
import { absent, isBuiltIn, refuse } from './misfit.js'
import { outputFields, readField, type OutputField } from './output-fields.js'
import { enter, type Path } from './path.js'
import { projectAny } from './project-any.js'
import { toScalar, type Scalar } from './scalar.js'

/** Where the answer as a whole is meant and no field. */
export const rootLabel = 'data'

/**
 * The declared part of a value as plain data, whose JSON is what the compiled serialiser writes. What it throws says what is wrong
 * with the value.
 * @throws OutputMisfit
 */
export function project(type: ValueType, value: unknown, isExact: boolean): unknown {
  return projectValue(type, value, rootLabel, { path: new Map(), isExact })
}

/** What is the same for all of a value. */
export interface Projection {
  /** The objects around what is being written; without them data that contains itself ends as a RangeError. */
  readonly path: Path | undefined
  /** What reading would not give back is refused. */
  readonly isExact: boolean
}

/** The same for a value under a field. */
export function projectValue(type: ValueType, value: unknown, label: string, at: Projection): unknown {
  if (value === undefined) return undefined
  if (type.kind === 'any')
    return at.isExact ? plainAny(value, label) : projectAny(value, label, at.path, projectDeclared)
  if (isScalar(type)) return projectScalar(type, value, label, at)
  if (typeof value !== 'object' || value === null) return absent(value, label, printType(type))
  const within = at.path && enter(at.path, type, value, label)
  const plain = projectObject(type, value, label, at)
  within?.delete(value)
  return plain
}

function projectDeclared(type: ValueType, value: object, label: string, path: Path | undefined): unknown {
  return projectValue(type, value, label, { path, isExact: false })
}

function plainAny(value: unknown, label: string): unknown {
  assertPlain(value, label)
  return value
}

function projectScalar(type: ValueType, value: unknown, label: string, { isExact }: Projection): Scalar {
  return isExact ? exactScalar(value, label, printType(type), type.kind) : toScalar(value, label, printType(type))
}

function projectObject(type: CompositeType, value: object, label: string, at: Projection): unknown {
  switch (type.kind) {
    case 'array':
    case 'set': {
      const items = type.kind === 'set' ? toItems(value) : Array.isArray(value) ? (value as unknown[]) : undefined
      if (!items) return refuse(value, label, printType(type))
      const plain: unknown[] = []
      for (const item of items) {
        if (item === undefined && at.isExact) refuseItem(`${label}[]`, printType(type.element))
        plain.push(projectValue(type.element, item, `${label}[]`, at) ?? null)
      }
      return plain
    }
    case 'map': {
      const record = toRecord(value, label, printType(type))
      if (at.isExact) assertKeys(value, label)
      const plain: Record<string, unknown> = {}
      for (const key of Object.keys(record)) {
        const item = record[key]
        if (item === undefined && at.isExact) refuseItem(`${label}[]`, printType(type.element))
        setProperty(plain, key, projectValue(type.element, item, `${label}[]`, at))
      }
      return plain
    }
    case 'object':
      if (Array.isArray(value)) refuse(value, label, printType(type))
      return projectClass(type.plan(), value, label, at)
    case 'union': {
      const name = nearestVariant(type)(value)
      if (name === undefined) return refuse(value, label, printType(type))
      const plain: Record<string, unknown> = {}
      setProperty(plain, type.discriminator, name)
      return projectFields(plain, type.variants.get(name)!(), value, at, type.discriminator)
    }
  }
}

function projectClass(plan: ObjectPlan, value: object, label: string, at: Projection): unknown {
  const plain = projectFields({}, plan, value, at)
  if (isBuiltIn(value) && toJson(plain) === '{}') refuse(value, label, plan.type.name)
  return plain
}

/** @param discriminator  name that is written already */
function projectFields(
  plain: Record<string, unknown>,
  plan: ObjectPlan,
  value: object,
  at: Projection,
  discriminator?: string,
): Record<string, unknown> {
  for (const field of outputFields(plan)) {
    if (field.name === discriminator) continue
    const item = readField(value, field)
    if (item === undefined) continue
    setProperty(plain, field.name, projectField(field, item, at))
  }
  return plain
}

/** What a `@Transform` makes a scalar is one, whatever the type of the property: its author wrote what is to go out. */
function projectField(field: OutputField, item: unknown, at: Projection): unknown {
  const { type, label, transforms } = field
  if (transforms.length > 0 && typeof item !== 'object' && type.kind !== 'any') {
    return projectScalar(type, item, label, at)
  }
  return projectValue(type, item, label, at)
}
