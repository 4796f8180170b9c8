import type { DeclaredRule } from '../validation/rules.js'
import type { ValueType } from './value-type.js'
import { arrayRules, impliedTypes, typeRules } from './type-rules.js'

/** Members of a TypeScript enum: a numeric one also maps back from its numbers, which are no names of members. */
export function enumValues(entity: object): (string | number)[] {
  const values = entity as Readonly<Record<string, string | number>>
  const mapsBack = (key: string) => String(Number(key)) === key && values[values[key]!] === Number(key)
  return Object.keys(values).flatMap((key) => (mapsBack(key) ? [] : values[key]!))
}

/** Whether only a list passes the rules. */
export function impliesArray(rules: readonly DeclaredRule[]): boolean {
  return rules.some(
    (rule) => arrayRules.has(rule.name) || (rule.each && (rule.kind === 'custom' || rule.kind === 'nested')),
  )
}

/** The type that the rules of a value ask for, where the compiler tells none. */
export function impliedType(rules: readonly DeclaredRule[]): ValueType | undefined {
  const custom = rules.filter((rule) => rule.kind === 'custom')
  const values = enumOf(custom) ?? listOf(custom)
  if (values) return values
  for (const table of [typeRules, impliedTypes]) {
    for (const { name } of custom) {
      const implied = table.get(name)
      if (implied) return implied
    }
  }
  return undefined
}

/** The members of the enum that `@IsEnum` names. */
export function enumOf(rules: readonly DeclaredRule[]): ValueType | undefined {
  const rule = rules.find(({ kind, name }) => kind === 'custom' && name === 'isEnum')
  const entity = rule?.constraints?.[0]
  return typeof entity === 'object' && entity !== null ? { kind: 'enum', values: enumValues(entity) } : undefined
}

/** The values that `@IsIn` lists. */
export function listOf(rules: readonly DeclaredRule[]): ValueType | undefined {
  const values = rules.find(({ name }) => name === 'isIn')?.constraints?.[0]
  if (!Array.isArray(values) || values.length === 0) return undefined
  return values.every((value) => typeof value === 'string' || typeof value === 'number')
    ? { kind: 'enum', values: [...values] }
    : undefined
}
