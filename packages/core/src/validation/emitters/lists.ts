import { literal } from '../../codegen/program.js'
import type { EmittedCheck, RuleEmitter } from './emitted-check.js'

function whenArray({ known, value }: EmittedCheck, test: string): string {
  if (known === 'array') return test
  return known === 'unknown' ? `Array.isArray(${value}) && ${test}` : 'false'
}

function sized(operator: '>=' | '<='): RuleEmitter {
  return (check) => {
    const size = check.argument(0)
    return typeof size === 'number' ? whenArray(check, `${check.value}.length ${operator} ${literal(size)}`) : undefined
  }
}

/** Rules about a list as a whole. What arrayUnique compares by is out of sight, so it is left to the original. */
export const lists: Readonly<Record<string, RuleEmitter>> = {
  arrayMinSize: sized('>='),
  arrayMaxSize: sized('<='),
  arrayNotEmpty: (check) => whenArray(check, `${check.value}.length > 0`),
}
