import { literal, member } from '../../../codegen/program.js'
import type { ObjectPlan } from '../../../contract/object-plan.js'
import { isScalar } from '../../../contract/value-type.js'
import { emptyText, nullText } from '../misfit.js'
import { outputFields, readShadowed, transformField, type OutputField } from '../output-fields.js'
import { emitAnyScalar, emitScalarField, type Lead } from './emit-scalar.js'
import type { Scope } from './scope.js'

/** A field whose value is known beforehand. */
interface Discriminator {
  readonly name: string
  readonly value: string
}

/** The inside of the function that writes an object of a class. */
export function emitObject(plan: ObjectPlan, scope: Scope): readonly string[] {
  const { object, at, text } = scope.names
  const place = `${object}, ${at}, ${literal(plan.type.name)}`
  const isOther = `typeof ${object} !== 'object' || ${object} === null || Array.isArray(${object})`
  return [
    `if (${isOther}) return ${scope.helper(nullText)}(${place})`,
    ...emitFields(outputFields(plan), scope),
    // Told by the length, which costs less than to look at the class of every object.
    `return ${text}.length === 1 ? ${scope.helper(emptyText)}(${place}) : ${text} + '}'`,
  ]
}

/** Statements that begin the text of an object and add its fields. */
export function emitFields(fields: readonly (OutputField | Discriminator)[], scope: Scope): readonly string[] {
  const { value, text } = scope.names
  const lines: string[] = [`let ${text} = '{', ${value}`]
  let state: 'empty' | 'unknown' | 'begun' = 'empty'
  for (const field of fields) {
    const key = `${JSON.stringify(field.name)}:`
    // After a comma where something stands before it.
    const lead: Lead = (rest = '') => {
      const [first, further] = [literal(key + rest), literal(`,${key}${rest}`)]
      return state === 'begun' ? further : state === 'empty' ? first : `(${text}.length === 1 ? ${first} : ${further})`
    }
    if ('value' in field) {
      lines.push(`${text} += ${lead(JSON.stringify(field.value))}`)
      state = 'begun'
    } else {
      lines.push(`${value} = ${emitRead(field, scope)}`, ...emitField(field, lead, scope))
      if (state === 'empty') state = 'unknown'
    }
  }
  return lines
}

/** Statements that add one field unless it is undefined. Name and quotes are one literal: each part that is added apart is an object more. */
function emitField({ type, label, transforms }: OutputField, lead: Lead, scope: Scope): readonly string[] {
  const { value, text } = scope.names
  if (type.kind !== 'any' && isScalar(type)) return emitScalarField(type, label, lead, scope)
  const valueText = scope.value(type, value, label)
  const written = `if (${value} !== undefined) ${text} += ${lead()} + `
  if (type.kind === 'any') return [`${value} = ${valueText}`, `${written}${value}`]
  if (transforms.length === 0) return [`${written}${valueText}`]
  // A function of the user's may make a scalar of an object or a list.
  return [`${written}(typeof ${value} === 'object' ? ${valueText} : ${emitAnyScalar(type, value, label, scope)})`]
}

function emitRead(field: OutputField, { program, names: { object }, helper }: Scope): string {
  const { property, isShadowed, transforms } = field
  const value = isShadowed ? `${helper(readShadowed)}(${object}, ${literal(property)})` : member(object, property)
  if (transforms.length === 0) return value
  return `${helper(transformField)}(${value}, ${object}, ${program.constant(field, `field_${property}`)})`
}
