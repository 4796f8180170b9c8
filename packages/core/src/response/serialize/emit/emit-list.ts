import { block } from '../../../codegen/block.js'
import { literal } from '../../../codegen/program.js'
import { printType, type CollectionType } from '../../../contract/value-type.js'
import { toItems } from '../containers.js'
import { refuseItem } from '../exact.js'
import { nullText } from '../misfit.js'
import type { Scope } from './scope.js'

/** The inside of the function that writes a list or a set. */
export function emitList(type: CollectionType, label: string, scope: Scope): readonly string[] {
  const { value, items, item, index, text } = scope.names
  const otherwise = `return ${scope.helper(nullText)}(${value}, ${literal(label)}, ${literal(printType(type))})`
  const itemText = scope.value(type.element, item, `${label}[]`)
  return [
    ...(type.kind === 'set'
      ? [`const ${items} = ${scope.helper(toItems)}(${value})`, `if (${items} === undefined) ${otherwise}`]
      : [`if (!Array.isArray(${value})) ${otherwise}`, `const ${items} = ${value}`]),
    `let ${text} = '[', ${item}`,
    ...block(`for (let ${index} = 0; ${index} < ${items}.length; ${index}++)`, [
      `${item} = ${items}[${index}]`,
      `if (${index} !== 0) ${text} += ','`,
      emitItem(type, label, itemText, scope),
    ]),
    `return ${text} + ']'`,
  ]
}

function emitItem(type: CollectionType, label: string, itemText: string, scope: Scope): string {
  const { item, text } = scope.names
  if (scope.isExact) {
    const refuse = `${scope.helper(refuseItem)}(${literal(`${label}[]`)}, ${literal(printType(type.element))})`
    return `${text} += ${item} === undefined ? ${refuse} : ${itemText}`
  }
  return type.element.kind === 'any'
    ? `${text} += ${itemText} ?? 'null'`
    : `${text} += ${item} === undefined ? 'null' : ${itemText}`
}
