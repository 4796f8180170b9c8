import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import { isScalar, type ScalarType, type UnionType, type ValueType } from '../../contract/value-type.js'
import type { DeclaredRule } from '../../validation/rules.js'
import {
  listSchema,
  namedSchema,
  nullable,
  orPlaceholder,
  orPlaceholderPattern,
  placeholder,
  saying,
  type JsonSchema,
} from './json-schema.js'
import { readRuleKeywords, type RuleKeywords } from './rule-keywords.js'
import { textForm } from './text-forms.js'

/** Gives the schema of a nested class. */
export type ObjectSchemaOf = (plan: ObjectPlan, more?: Readonly<Record<string, JsonSchema>>) => JsonSchema

/** Formats that every text has which the rule of that format accepts; an editor must not refuse what the server takes. */
const formats: ReadonlySet<string> = new Set(['uuid', 'ipv4', 'ipv6', 'hostname'])

/**
 * The schema of what may be written for one field: the value as YAML has it, text that is read as such a value, or text with a
 * placeholder. Rules that no keyword says are left to the server.
 */
export function fieldValueSchema(field: FieldPlan, objectSchema: ObjectSchemaOf): JsonSchema {
  if (field.transforms.length > 0) return {}
  const always = field.rules.some(isConditional) ? [] : field.rules.filter(isAlways)
  const format = formats.has(field.notes.format ?? '') ? field.notes.format : undefined
  const schema = valueSchema({ type: field.type, name: field.name, rules: always, format }, objectSchema)
  return field.nullable ? nullable(schema) : schema
}

interface Question {
  readonly type: ValueType
  readonly name: string
  readonly rules: readonly DeclaredRule[]
  readonly format: string | undefined
}

function valueSchema({ type, name, rules, format }: Question, objectSchema: ObjectSchemaOf): JsonSchema {
  const own = readRuleKeywords(rules.filter(({ each }) => !each))
  if (isScalar(type)) return scalarSchema(type, own, name, format)
  const items = (element: ValueType) =>
    valueSchema(
      {
        type: element,
        name,
        format,
        rules: rules.filter(({ each }) => each).map((rule) => ({ ...rule, each: false })),
      },
      objectSchema,
    )
  switch (type.kind) {
    case 'array':
    case 'set': {
      const { element } = type
      if (!isScalar(element) || element.kind === 'any') return { ...listSchema(items(element)), ...own.list }
      // Text such as `a, b` is a list as well; its items are read by the server alone.
      return { type: ['array', 'string'], items: items(element), ...own.list }
    }
    case 'map':
      return namedSchema(items(type.element))
    case 'object':
      return objectSchema(type.plan())
    case 'union':
      return unionSchema(type, objectSchema)
  }
}

function scalarSchema(type: ScalarType, own: RuleKeywords, name: string, format: string | undefined): JsonSchema {
  const values = type.kind === 'enum' ? type.values : own.values
  if (values) return enumSchema(values)
  const form = textForm(type)
  switch (type.kind) {
    case 'any':
      return {}
    case 'number':
    case 'duration':
    case 'size':
    case 'bigint': {
      const { type: written = type.kind === 'bigint' ? 'integer' : 'number', ...bounds } = own.number
      const least = type.kind === 'duration' || type.kind === 'size' ? { minimum: 0 } : {}
      return { type: [written, 'string'], ...least, ...bounds, ...textKeywords(form!) }
    }
    case 'boolean':
      return { type: ['boolean', 'string'], ...textKeywords(form!) }
    case 'date':
      return { type: 'string', ...textKeywords(form!) }
    case 'string':
    case 'enum':
      return stringSchema(own, name, format)
  }
}

function textKeywords({ pattern, words }: { readonly pattern: string; readonly words: string }): JsonSchema {
  return { pattern: orPlaceholderPattern(pattern), ...saying(words) }
}

function enumSchema(values: readonly (string | number)[]): JsonSchema {
  const numbers = values.filter((value) => typeof value === 'number')
  if (numbers.length === 0) return orPlaceholder({ enum: [...values] })
  const pattern = orPlaceholderPattern(`^(?:${numbers.map((value) => String(value).replace('.', '\\.')).join('|')})$`)
  return { anyOf: [{ enum: [...values] }, { type: 'string', pattern }] }
}

function stringSchema({ text, patterns }: RuleKeywords, name: string, format: string | undefined): JsonSchema {
  const [first, ...more] = patterns
  const { minLength = 0, maxLength } = text
  // The shortest placeholder is `${A}`.
  if (maxLength === undefined && minLength <= 4 && format === undefined && more.length === 0) {
    const least = minLength > 0 ? { minLength } : {}
    if (!first) return { type: 'string', ...least }
    const words = first.message?.replaceAll('$property', name)
    const pattern = orPlaceholderPattern(`(?:${first.pattern})`)
    return { type: 'string', ...least, pattern, ...(words === undefined ? {} : saying(words)) }
  }
  return orPlaceholder({
    type: 'string',
    ...text,
    ...(format === undefined ? {} : { format }),
    ...(patterns.length > 0 ? { allOf: patterns.map(({ pattern }) => ({ pattern })) } : {}),
  })
}

function unionSchema(type: UnionType, objectSchema: ObjectSchemaOf): JsonSchema {
  const { discriminator, variants } = type
  const names = [...variants.keys()]
  return {
    type: ['object', 'string'],
    pattern: placeholder.pattern,
    ...saying('must be a map'),
    properties: { [discriminator]: orPlaceholder({ enum: names }) },
    required: [discriminator],
    allOf: [...variants].map(([name, plan]) => ({
      if: { type: 'object', properties: { [discriminator]: { const: name } }, required: [discriminator] },
      then: objectSchema(plan(), { [discriminator]: { const: name } }),
    })),
  }
}

/** A condition that may look at other fields: whether the rules hold is known to the server alone. */
function isConditional({ kind, name }: DeclaredRule): boolean {
  return kind === 'conditional' && name !== 'isOptional' && name !== 'nullable'
}

function isAlways({ kind, isBuiltIn, validateIf }: DeclaredRule): boolean {
  return kind === 'custom' && isBuiltIn && validateIf === undefined
}
