import type { ValidationError } from 'class-validator'

import { bindPlan } from '../../binding/bind.js'
import type { FieldPlan, InputPlan, ObjectPlan, ValueType } from '../../contract/input-plan.js'
import type { Operation } from '../../contract/operation.js'
import { compileExactSerializer } from '../../response/compile-serializer.js'
import { OutputMisfit } from '../../response/serialize/misfit.js'
import { validate } from '../../validation/validate.js'
import { misfitError } from './input-encoder.js'
import { untransformedField } from './untransformed.js'

/** Of a value that breaks rules as many are named as help to find the mistake. */
const mostComplaints = 5

/**
 * What is wrong with a value by the rules of class-validator on its classes, at any depth.
 * @param value  of the type, without circles
 */
export async function brokenRules(type: ValueType, value: unknown): Promise<readonly string[]> {
  const found = await Promise.all(
    objectsIn(type, value).map((object) => validate(object, { forbidUnknownValues: false })),
  )
  // A nested object is found here and by what it is in.
  return [...new Set(found.flatMap((errors) => errors.flatMap(messagesOf)))].slice(0, mostComplaints)
}

/** What a method was called with, as a callee of the project would have it. */
export interface BoundInput {
  /** An instance, with the defaults of its class. */
  readonly value: object
  /** What is wrong with it by the rules of the class. */
  readonly complaints: readonly string[]
}

/** What it gives throws LokstraError E_CALL_VALUE for what is no value of the class. */
export function inputBinder(operation: Operation, { type, fields }: InputPlan): (given: object) => Promise<BoundInput> {
  // A class like any other, wherever its fields come from.
  const named = fields.map((field): FieldPlan => ({ ...untransformedField(field), name: field.property }))
  const plan: ObjectPlan = { type, fields: named, hasAccessors: false, hasFixedShape: false }
  const serializer = compileExactSerializer({ kind: 'object', plan: () => plan })
  const toPlain = (given: object): object => {
    try {
      return JSON.parse(serializer.write(given)!) as object
    } catch (error) {
      throw OutputMisfit.is(error) ? misfitError(operation, error) : error
    }
  }
  return async (given) => {
    const { value, issues } = await bindPlan(plan, toPlain(given))
    return { value, complaints: issues.slice(0, mostComplaints).map(({ message }) => message) }
  }
}

function objectsIn(type: ValueType, value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return []
  if ('element' in type) {
    const items = [...(value instanceof Map ? value.values() : (value as Iterable<unknown>))]
    return items.flatMap((item) => objectsIn(type.element, item))
  }
  const plan = planOf(type, value)
  if (!plan) return []
  const values = value as Readonly<Record<string, unknown>>
  return [value, ...plan.fields.flatMap((field) => objectsIn(field.type, values[field.property]))]
}

function planOf(type: ValueType, value: object): ObjectPlan | undefined {
  if (type.kind === 'object') return type.plan()
  if (type.kind !== 'union') return undefined
  return [...type.variants.values()].map((plan) => plan()).find((plan) => value instanceof plan.type)
}

function messagesOf({ constraints = {}, children = [] }: ValidationError): readonly string[] {
  return [...Object.values(constraints), ...children.flatMap(messagesOf)]
}
