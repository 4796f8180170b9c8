import { E_FIELD_UNION } from '../errors/catalogue/binding.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { rulesOf } from '../validation/rules.js'
import type { ClassReading } from './class-reading.js'
import type { FieldPlan } from './object-plan.js'
import type { UnionType, ValueType } from './value-type.js'
import { refusesValue } from './refuses-value.js'

/** Reports variants that nothing can be: where the discriminator is a field of theirs as well, it has the variant's name. */
export function checkDiscriminators({
  type,
  fields,
  problems,
}: ClassReading & { readonly problems: LokstraError[] }): void {
  for (const { plan, site } of fields) {
    const union = unionOf(plan.type)
    for (const reason of union ? impossibleVariants(union) : []) {
      problems.push(lokstraError(E_FIELD_UNION, { field: `${type.name}.${plan.property}`, reason }, site))
    }
  }
}

function unionOf(type: ValueType): UnionType | undefined {
  if ('element' in type) return unionOf(type.element)
  return type.kind === 'union' ? type : undefined
}

function* impossibleVariants({ discriminator, variants }: UnionType): Iterable<string> {
  for (const [name, plan] of variants) {
    const { type, fields } = plan()
    const field = fields.find((one) => one.name === discriminator)
    const refusal = field && refusalOf(field, name)
    if (refusal) yield `${type.name}.${field.property}, its discriminator, ${refusal} the name "${name}"`
  }
}

const textual: ReadonlySet<ValueType['kind']> = new Set(['string', 'any', 'enum'])

function refusalOf(field: FieldPlan, name: string): string | undefined {
  const { type, transforms } = field
  if (transforms.length > 0) return undefined
  if (!textual.has(type.kind)) return `is a ${type.kind} and cannot be`
  if (type.kind === 'enum' && !type.values.includes(name)) return 'has no member with'
  const rules = rulesOf(field)
  const rule = rules.find((one) => !one.each && refusesValue(one, rules, name))
  return rule && `has the rule ${rule.name}, which refuses`
}
