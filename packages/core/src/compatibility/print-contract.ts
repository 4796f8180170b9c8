import type { RuleContract, TypeContract } from './contract.js'

/** A type as people write it: `number`, `open | paid`, `OrderLine[]`. */
export function printTypeContract(type: TypeContract): string {
  if (typeof type === 'string') return type
  if ('enum' in type) return type.enum.length === 0 ? 'no value' : type.enum.join(' | ')
  if ('array' in type) {
    const element = printTypeContract(type.array)
    return element.includes(' ') ? `(${element})[]` : `${element}[]`
  }
  if ('set' in type) return `set of ${printTypeContract(type.set)}`
  if ('map' in type) return `map of ${printTypeContract(type.map)}`
  if ('object' in type) return type.object
  return [...new Set(Object.values(type.union))].join(' | ')
}

/** `isLength(1, 200)`, `isInt each`, `matches(/^a/) if a condition holds`. */
export function printRuleContract({ rule, arguments: given = [], each, conditional }: RuleContract): string {
  const args = given.map((one) => (typeof one === 'string' && one.startsWith('/') ? one : JSON.stringify(one)))
  return [
    args.length > 0 ? `${rule}(${args.join(', ')})` : rule,
    ...(each ? ['each'] : []),
    ...(conditional ? ['if a condition holds'] : []),
  ].join(' ')
}
