import { block } from '../../../codegen/block.js'
import { literal } from '../../../codegen/program.js'
import { printType, type UnionType } from '../../../contract/value-type.js'
import { nearestVariant } from '../containers.js'
import { nullText, refuse } from '../misfit.js'
import { byIndex, outputFields } from '../output-fields.js'
import { emitFields } from './emit-object.js'
import type { Scope } from './scope.js'

/** The inside of the function that writes a value of a union; each variant has a function of its own, with its name as a literal. */
export function emitUnion(type: UnionType, label: string, scope: Scope): readonly string[] {
  const { value } = scope.names
  const place = `${literal(label)}, ${literal(printType(type))}`
  const variant = scope.program.constant(nearestVariant(type), 'variant')
  const cases = [...type.variants.keys()].map(
    (name) => `case ${literal(name)}: return ${variantFunction(type, name, scope)}(${value})`,
  )
  return [
    `if (typeof ${value} !== 'object' || ${value} === null) return ${scope.helper(nullText)}(${value}, ${place})`,
    ...block(`switch (${variant}(${value}))`, [
      ...cases,
      `default: return ${scope.helper(refuse)}(${value}, ${place})`,
    ]),
  ]
}

function variantFunction({ discriminator, variants }: UnionType, name: string, scope: Scope): string {
  const plan = variants.get(name)!()
  return scope.later(`write_${plan.type.name}`, (writer) => {
    const { object, text } = scope.names
    const others = outputFields(plan).filter((field) => field.name !== discriminator)
    const fields = [{ name: discriminator, value: name }, ...others].sort(byIndex)
    scope.program.define(writer, object, [...emitFields(fields, scope), `return ${text} + '}'`])
  })
}
