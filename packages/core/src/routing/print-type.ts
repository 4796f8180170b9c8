import type { ValueType } from '../contract/input-plan.js'

/** A type as people write it: `OrderLine[]`, `map of number`, `open | paid`. */
export function printType(type: ValueType): string {
  switch (type.kind) {
    case 'array':
      return `${isChoice(type.element) ? `(${printType(type.element)})` : printType(type.element)}[]`
    case 'set':
    case 'map':
      return `${type.kind} of ${printType(type.element)}`
    case 'object':
      return type.plan().type.name
    case 'union':
      return [...type.variants.values()].map((plan) => plan().type.name).join(' | ')
    case 'enum':
      return type.values.join(' | ')
    default:
      return type.kind
  }
}

function isChoice({ kind }: ValueType): boolean {
  return kind === 'union' || kind === 'enum'
}
