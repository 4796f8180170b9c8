import type { FieldOptions } from '../decorators/binding.js'
import type { DeclaredRule } from '../validation/rules.js'
import type { FieldNotes } from './object-plan.js'

/** Formats by rule, as OpenAPI and JSON Schema name them. */
const formats: ReadonlyMap<string, string> = new Map([
  ['isEmail', 'email'],
  ['isUuid', 'uuid'],
  ['isUrl', 'uri'],
  ['isDataURI', 'uri'],
  ['isDateString', 'date-time'],
  ['isIso8601', 'date-time'],
  ['isRFC3339', 'date-time'],
  ['isDate', 'date-time'],
  ['isMilitaryTime', 'time'],
  ['isFqdn', 'hostname'],
  ['isBase64', 'byte'],
])

export function fieldNotes(options: FieldOptions, rules: readonly DeclaredRule[]): FieldNotes {
  return {
    description: options.description,
    examples: [...('example' in options ? [options.example] : []), ...(options.examples ?? [])],
    format: rules.map(formatOf).find((format) => format !== undefined),
    isDeprecated: options.deprecated ?? false,
  }
}

function formatOf(rule: DeclaredRule): string | undefined {
  if (!rule.isBuiltIn) return undefined
  if (rule.name !== 'isIp') return formats.get(rule.name)
  const version = String(rule.constraints?.[0] ?? '')
  return version === '4' || version === '6' ? `ipv${version}` : undefined
}
