import { literal } from '../../../codegen/program.js'
import { printType, type ScalarType, type ValueType } from '../../../contract/value-type.js'
import { exactText } from '../exact.js'
import { escaped, quote } from '../json-text.js'
import { dateText, scalarText } from '../scalar.js'
import type { Scope } from './scope.js'

/** An expression that gives the text of a variable, or the finite number that it holds. */
export function emitScalar(type: ScalarType, variable: string, label: string, scope: Scope): string {
  const otherwise = emitAnyScalar(type, variable, label, scope)
  switch (type.kind) {
    case 'string':
    case 'enum':
      return `(typeof ${variable} === 'string' ? ${scope.helper(quote)}(${variable}) : ${otherwise})`
    case 'number':
    case 'duration':
    case 'size':
      return `(${isWritable(variable, scope)} ? ${variable} : ${otherwise})`
    case 'date': {
      if (scope.isExact) return otherwise
      const date = `${scope.helper(dateText)}(${variable}, ${literal(label)}, ${literal(printType(type))})`
      return `(${variable} instanceof Date ? ${date} : ${otherwise})`
    }
    default:
      return otherwise
  }
}

/** The same for a variable of which nothing is known, where a type is declared. */
export function emitAnyScalar(type: ValueType, variable: string, label: string, scope: Scope): string {
  const place = `${variable}, ${literal(label)}, ${literal(printType(type))}`
  return scope.isExact
    ? `${scope.helper(exactText)}(${place}, ${literal(type.kind)})`
    : `${scope.helper(scalarText)}(${place})`
}

/** Text that a field begins with, and what is known to follow at once, as one literal. */
export type Lead = (rest?: string) => string

/** Statements that add a field to the text, unless it is undefined. The test for escapes stands in the line: a call costs more. */
export function emitScalarField(type: ScalarType, label: string, lead: Lead, scope: Scope): readonly string[] {
  const { value, text } = scope.names
  const otherwise = `else if (${value} !== undefined) ${text} += ${lead()} + ${emitAnyScalar(type, value, label, scope)}`
  switch (type.kind) {
    case 'string':
    case 'enum': {
      const isPlain = `typeof ${value} === 'string' && !${scope.program.constant(escaped, 'escaped')}.test(${value})`
      return [`if (${isPlain}) ${text} += ${lead('"')} + ${value} + '"'`, otherwise]
    }
    case 'number':
    case 'duration':
    case 'size':
      return [`if (${isWritable(value, scope)}) ${text} += ${lead()} + ${value}`, otherwise]
    case 'boolean':
      return [
        `if (${value} === true) ${text} += ${lead('true')}`,
        `else if (${value} === false) ${text} += ${lead('false')}`,
        otherwise,
      ]
    default:
      return [`if (${value} !== undefined) ${text} += ${lead()} + ${emitScalar(type, value, label, scope)}`]
  }
}

/** False for NaN and the infinities, of which the difference is NaN; exact, for all beyond what integers are told apart as well. */
function isWritable(variable: string, { isExact }: Scope): string {
  const isInRange = isExact
    ? `${variable} >= -${Number.MAX_SAFE_INTEGER} && ${variable} <= ${Number.MAX_SAFE_INTEGER}`
    : `${variable} - ${variable} === 0`
  return `typeof ${variable} === 'number' && ${isInRange}`
}
