import { literal } from '../../../codegen/program.js'
import type { ValueType } from '../../../contract/input-plan.js'
import { printType } from '../../../contract/value-type.js'
import type { ScalarType } from '../composite.js'
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
      return `(${isFinite(variable)} ? ${variable} : ${otherwise})`
    case 'date': {
      const date = `${scope.helper(dateText)}(${variable}, ${literal(label)}, ${literal(printType(type))})`
      return `(${variable} instanceof Date ? ${date} : ${otherwise})`
    }
    default:
      return otherwise
  }
}

/** The same for a variable of which nothing is known, where a type is declared. */
export function emitAnyScalar(type: ValueType, variable: string, label: string, scope: Scope): string {
  return `${scope.helper(scalarText)}(${variable}, ${literal(label)}, ${literal(printType(type))})`
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
      return [`if (${isFinite(value)}) ${text} += ${lead()} + ${value}`, otherwise]
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

/** False for NaN and the infinities, of which the difference is NaN. */
function isFinite(variable: string): string {
  return `typeof ${variable} === 'number' && ${variable} - ${variable} === 0`
}
