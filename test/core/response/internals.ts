import type { Class } from '@lokstra/core'

import type * as CompileSerializer from '../../../packages/core/dist/response/compile-serializer.js'
import type { FieldPlan, ObjectPlan, Transform } from '../../../packages/core/dist/contract/object-plan.js'
import type { ValueType } from '../../../packages/core/dist/contract/value-type.js'
import type * as JsonText from '../../../packages/core/dist/response/serialize/json-text.js'
import { load } from '../../helpers/core-internals.js'

export type { ObjectPlan, Transform, ValueType }

/** An application meets serialisers through `@Returns`, which declares only what decorators can say; these tests build any type. */
export const { compileSerializer, serializerText } = await load<typeof CompileSerializer>(
  'response/compile-serializer.js',
)
export const { toJson } = await load<typeof JsonText>('response/serialize/json-text.js')

export interface FieldSpec {
  readonly property: string
  /** Default: the property's. */
  readonly name?: string
  readonly type: ValueType
  readonly transforms?: readonly Transform[]
}

/** The plan of a class in the output direction. */
export function planOf(type: Class, fields: readonly FieldSpec[]): ObjectPlan {
  return { type, fields: fields.map(toFieldPlan), hasAccessors: false, hasFixedShape: false }
}

/** A class with a name, and its plan. */
export function plan(name: string, fields: readonly FieldSpec[]): ObjectPlan {
  return planOf({ [name]: class {} }[name]!, fields)
}

export function objectOf(...parameters: Parameters<typeof plan>): ValueType {
  const made = plan(...parameters)
  return { kind: 'object', plan: () => made }
}

function toFieldPlan({ property, name = property, type, transforms = [] }: FieldSpec): FieldPlan {
  return {
    property,
    name,
    type,
    transforms,
    nullable: false,
    isRequired: false,
    defaultValue: undefined,
    rules: [],
    notes: { description: undefined, examples: [], format: undefined, isDeprecated: false },
  }
}
