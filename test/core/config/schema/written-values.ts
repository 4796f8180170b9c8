import type { FieldPlan, ObjectPlan, ValueType } from '@lokstra/core'
import fc from 'fast-check'

type Rules = FieldPlan['rules']

/** Configurations that a plan admits, in every form that YAML can give them. */
export function written(plan: ObjectPlan): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(plan.fields.map((field) => [field.name, writtenField(field)]))
  const requiredKeys = plan.fields.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  return fc.record(fields, { requiredKeys, noNullPrototype: true })
}

function writtenField(field: FieldPlan): fc.Arbitrary<unknown> {
  const value = writtenValue(field.type, field.rules)
  return field.nullable ? fc.option(value) : value
}

function writtenValue(type: ValueType, rules: Rules): fc.Arbitrary<unknown> {
  const listed = constraint(rules, 'isIn')
  if (Array.isArray(listed)) return fc.constantFrom(...(listed as unknown[]))
  const [min, max] = boundsOf(rules)
  switch (type.kind) {
    case 'string':
      return text(rules)
    case 'number':
      return asTextToo(has(rules, 'isInt') ? fc.integer({ min, max }) : fc.integer({ min, max }).map((n) => n / 2))
    case 'bigint':
      return asTextToo(fc.integer())
    case 'boolean':
      return asTextToo(fc.boolean())
    case 'duration':
      return fc.oneof(
        fc.integer({ min, max: Math.min(max, 1e6) }),
        fc
          .tuple(fc.integer({ min: Math.max(1, min), max: 59 }), fc.constantFrom('s', ' s', 'S', 'min', ' seconds'))
          .map(join),
        fc.integer({ min, max: 1_000 }).map((n) => `${n}ms`),
      )
    case 'size':
      return fc.oneof(
        fc.integer({ min, max: Math.min(max, 1e9) }),
        fc
          .tuple(
            fc.integer({ min: Math.max(1, Math.ceil(min / 1024)), max: 900 }),
            fc.constantFrom('KiB', 'kb', 'MiB', ' MB', 'GiB'),
          )
          .map(join),
      )
    case 'date':
      return fc.oneof(
        fc
          .date({ min: new Date('0100-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
          .map((d) => d.toISOString()),
        fc.constantFrom('2030-01-01', '2030-01-01T10:00', '2030-01-01t10:00:00.5+02:00'),
      )
    case 'enum':
      return fc.constantFrom(...type.values)
    case 'array':
    case 'set': {
      const items = fc.array(
        writtenValue(
          type.element,
          rules.filter(({ each }) => each).map((rule) => ({ ...rule, each: false })),
        ),
        {
          minLength: has(rules, 'arrayNotEmpty') ? 1 : 0,
          maxLength: 4,
        },
      )
      const isPlain = !['object', 'union', 'map', 'array', 'set', 'any'].includes(type.element.kind)
      return isPlain
        ? fc.oneof(
            items,
            items.map((list) => list.map((item) => JSON.stringify(String(item))).join(', ')),
          )
        : items
    }
    case 'map':
      return fc.dictionary(fc.stringMatching(/^[a-z]\w{0,5}$/), writtenValue(type.element, []), {
        maxKeys: 3,
        noNullPrototype: true,
      })
    case 'object':
      return written(type.plan())
    case 'union':
      return fc.oneof(
        ...[...type.variants].map(([name, plan]) =>
          written(plan()).map((value) => ({ ...value, [type.discriminator]: name })),
        ),
      )
    case 'any':
      return fc.jsonValue().filter((value) => value !== null)
  }
}

/** What neither the schema nor the server takes for a field of this type. */
export function wrongValue(type: ValueType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string':
      return fc.constantFrom(1, true, ['a'], { a: 1 })
    case 'array':
    case 'set':
      return fc.constantFrom(1, true, { a: 1 }, [['a']])
    case 'object':
    case 'union':
    case 'map':
      return fc.constantFrom(1, true, 'text', ['a'])
    case 'boolean':
      return fc.constantFrom(1, 'yes', '', [true], { a: 1 })
    default:
      return fc.constantFrom(true, 'soon', '0x10', '', [1], { a: 1 })
  }
}

function text(rules: Rules): fc.Arbitrary<string> {
  const [least, most] = (rules.find(({ name }) => name === 'isLength')?.constraints ?? []) as (number | undefined)[]
  const minLength = least ?? (has(rules, 'isNotEmpty') ? 1 : 0)
  const maxLength = most ?? 100
  const pattern = constraint(rules, 'matches')
  if (!(pattern instanceof RegExp)) return fc.string({ unit: 'grapheme-ascii', minLength, maxLength })
  return fc
    .stringMatching(new RegExp(pattern.source))
    .filter((one) => one.isWellFormed() && one.length >= minLength && one.length <= maxLength)
}

function asTextToo<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | string> {
  return fc.oneof(values, values.map(String))
}

function join([number, unit]: readonly [number, string]): string {
  return `${number}${unit}`
}

function has(rules: Rules, name: string): boolean {
  return rules.some((rule) => rule.name === name && !rule.each)
}

function constraint(rules: Rules, name: string): unknown {
  return rules.find((rule) => rule.name === name && !rule.each)?.constraints?.[0]
}

function boundsOf(rules: Rules): readonly [min: number, max: number] {
  return [Number(constraint(rules, 'min') ?? 0), Number(constraint(rules, 'max') ?? 1e6)]
}
