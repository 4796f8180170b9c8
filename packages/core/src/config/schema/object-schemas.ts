import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import { isScalar } from '../../contract/value-type.js'
import type { Class } from '../../decorators/metadata.js'
import { CallTlsConfig } from '../classes/calls-config.js'
import type { Describe } from './doc-comments.js'
import { described, mapSchema, type JsonSchema, type Members } from './json-schema.js'
import { writtenDefault } from './text-forms.js'
import { fieldValueSchema } from './value-schema.js'

/** The form of a key that its class leaves open, because it has short forms or names of the user's choice. Undefined for others. */
export type FormOf = (type: Class, property: string) => JsonSchema | undefined

/** What conditions of classes ask for, which are functions that no schema can say. */
const together = new Map<Class, JsonSchema>([
  [
    CallTlsConfig,
    {
      dependencies: { cert: ['key'], key: ['cert'] },
      anyOf: [{ required: ['cert'] }, { required: ['ca'] }],
    },
  ],
])

/** The schemas of configuration classes, each written once. */
export class ObjectSchemas {
  readonly #formOf: FormOf
  readonly #names = new Map<Class, string>()
  readonly #definitions = new Map<string, JsonSchema>()

  constructor(formOf: FormOf) {
    this.#formOf = formOf
  }

  /** Refers to the schema of a class. */
  reference(plan: ObjectPlan, describe: Describe): JsonSchema {
    const known = this.#names.get(plan.type)
    if (known !== undefined) return refer(known)
    const name = this.#freeName(plan.type.name)
    this.#names.set(plan.type, name)
    // Reserved before it is filled: a class may hold itself.
    this.#definitions.set(name, {})
    this.#definitions.set(name, mapSchema(this.members(plan, describe)))
    return refer(name)
  }

  /** Keeps a schema under a name that no class has. */
  define(name: string, schema: JsonSchema): JsonSchema {
    this.#definitions.set(name, schema)
    return refer(name)
  }

  members(plan: ObjectPlan, describe: Describe): Members {
    return {
      properties: Object.fromEntries(
        plan.fields.map((field) => [field.name, this.#fieldSchema(plan.type, field, describe)]),
      ),
      required: plan.fields.filter(({ isRequired }) => isRequired).map(({ name }) => name),
      together: together.get(plan.type),
    }
  }

  /** All that was referred to, in the order of the names. */
  definitions(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#definitions].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #fieldSchema(type: Class, field: FieldPlan, describe: Describe): JsonSchema {
    const { description = describe(type, field.property), examples, isDeprecated } = field.notes
    const form =
      this.#formOf(type, field.property) ??
      fieldValueSchema(field, (plan, more) => {
        if (!more) return this.reference(plan, describe)
        const { properties, ...others } = this.members(plan, describe)
        return mapSchema({ properties: { ...properties, ...more }, ...others })
      })
    return {
      ...described(description),
      ...(isDeprecated ? { deprecated: true, deprecationMessage: description ?? 'Do not use it any more.' } : {}),
      ...defaultOf(field),
      ...(examples.length > 0 ? { examples } : {}),
      ...form,
    }
  }

  #freeName(wanted: string): string {
    const taken = (name: string) => this.#definitions.has(name)
    if (!taken(wanted)) return wanted
    for (let number = 2; ; number++) if (!taken(`${wanted}${number}`)) return `${wanted}${number}`
  }
}

function refer(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` }
}

/** Of a nested class its own keys say it. */
function defaultOf({ type, defaultValue }: FieldPlan): JsonSchema {
  if (defaultValue === undefined || defaultValue === null) return {}
  if (isScalar(type)) return type.kind === 'any' ? {} : { default: writtenDefault(type, defaultValue) }
  if (type.kind !== 'array' && type.kind !== 'set') return {}
  const { element } = type
  const items = [...(defaultValue as Iterable<unknown>)]
  return { default: isScalar(element) ? items.map((item) => writtenDefault(element, item)) : [] }
}
