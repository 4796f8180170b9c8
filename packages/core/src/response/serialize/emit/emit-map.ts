import { block } from '../../../codegen/block.js'
import { literal } from '../../../codegen/program.js'
import { printType, type CollectionType } from '../../../contract/value-type.js'
import { toRecord } from '../containers.js'
import { assertKeys, refuseItem } from '../exact.js'
import { quote } from '../json-text.js'
import { nullText } from '../misfit.js'
import type { Scope } from './scope.js'

/** The inside of the function that writes a map. */
export function emitMap(type: CollectionType, label: string, scope: Scope): readonly string[] {
  const { value, record, key, item, text } = scope.names
  const place = `${literal(label)}, ${literal(printType(type))}`
  const itemText = scope.value(type.element, item, `${label}[]`)
  const isAny = type.element.kind === 'any'
  return [
    `if (typeof ${value} !== 'object' || ${value} === null) return ${scope.helper(nullText)}(${value}, ${place})`,
    `const ${record} = ${scope.helper(toRecord)}(${value}, ${place})`,
    ...(scope.isExact ? [`${scope.helper(assertKeys)}(${value}, ${literal(label)})`] : []),
    `let ${text} = '{', ${item}`,
    ...block(`for (const ${key} of ${scope.helper(Object.keys)}(${record}))`, [
      `${item} = ${record}[${key}]`,
      ...(isAny ? [`${item} = ${itemText}`] : []),
      `if (${item} === undefined) ${scope.isExact ? refuseText(type, label, scope) : 'continue'}`,
      `${text} += (${text}.length === 1 ? '' : ',') + ${scope.helper(quote)}(${key}) + ':' + ${isAny ? item : itemText}`,
    ]),
    `return ${text} + '}'`,
  ]
}

function refuseText({ element }: CollectionType, label: string, scope: Scope): string {
  return `${scope.helper(refuseItem)}(${literal(`${label}[]`)}, ${literal(printType(element))})`
}
