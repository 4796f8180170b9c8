import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { Class } from '../../decorators/metadata.js'
import { SecretEntryConfig } from '../secrets/secret-entry-config.js'
import { AppConfig, ModuleAllowance, ServerConfig } from '../server-config.js'
import type { Describe } from './doc-comments.js'
import {
  listSchema,
  mapSchema,
  nameSchema,
  namedSchema,
  nullable,
  objectSchema,
  orPlaceholder,
  placeholder,
  type JsonSchema,
  type Members,
} from './json-schema.js'
import { described, ObjectSchemas } from './object-schemas.js'

/** Something that configuration names, and the class of its own configuration. */
export interface Nameable {
  readonly description: string | undefined
  /** Undefined where it takes none. */
  readonly config: Class | undefined
  /** Of the keys of its configuration. */
  readonly describe: Describe
}

/** All that a configuration can name. */
export interface ConfigVocabulary {
  readonly services: ReadonlyMap<string, Nameable>
  readonly secrets: ReadonlyMap<string, Nameable>
  readonly middleware: ReadonlyMap<string, Nameable>
  readonly mounts: ReadonlyMap<string, Nameable>
  readonly controllers: readonly string[]
  readonly formatters: readonly string[]
  /** Of the classes of core. */
  readonly describe: Describe
}

/** What a schema of the configuration says of names. */
export interface SchemaOptions {
  /** Services, middleware and controllers may have names that are not known here. Default false: other names are mistakes. */
  readonly allowsOtherNames?: boolean
}

/** The JSON Schema of `lokstra.yaml`, from the same plans that bind it. The same vocabulary always gives the same text. */
export function createConfigSchema(
  vocabulary: ConfigVocabulary,
  { allowsOtherNames = false }: SchemaOptions = {},
): JsonSchema {
  const forms = new Forms(vocabulary, !allowsOtherNames)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of a Lokstra server',
    ...forms.root(),
    definitions: forms.definitions(),
  }
}

/** The keys that have short forms, or names of the user's choice: what `EntryReader` reads. */
class Forms {
  readonly #vocabulary: ConfigVocabulary
  /** Every name is known. */
  readonly #isClosed: boolean
  readonly #schemas: ObjectSchemas

  constructor(vocabulary: ConfigVocabulary, isClosed: boolean) {
    this.#vocabulary = vocabulary
    this.#isClosed = isClosed
    const forms = new Map<Class, Readonly<Record<string, () => JsonSchema>>>([
      [
        ServerConfig,
        {
          modules: () => this.#modules(),
          secrets: () => this.#secrets(),
          services: () => this.#services(),
          middleware: () => this.#middleware('server'),
        },
      ],
      [
        AppConfig,
        {
          controllers: () => this.#controllers(),
          middleware: () => this.#middleware('app'),
          mounts: () => this.#mounts(),
          formatter: () => nameSchema(vocabulary.formatters, isClosed),
        },
      ],
    ])
    this.#schemas = new ObjectSchemas((type, property) => forms.get(type)?.[property]?.())
  }

  root(): JsonSchema {
    return objectSchema(this.#members(ServerConfig, this.#vocabulary.describe))
  }

  definitions(): Readonly<Record<string, JsonSchema>> {
    return this.#schemas.definitions()
  }

  /** A list of names, or text such as `A, B`. */
  #controllers(): JsonSchema {
    const { controllers } = this.#vocabulary
    return { type: ['array', 'string'], items: nameSchema(controllers, this.#isClosed) }
  }

  #middleware(level: 'server' | 'app'): JsonSchema {
    const { middleware } = this.#vocabulary
    const item = this.#define('middleware', () => ({
      anyOf: [nameSchema([...middleware.keys()], this.#isClosed), this.#oneOf('middleware', middleware)],
    }))
    const list = listSchema(item)
    const use = { ...described('The middleware, outermost first.'), default: [], ...list }
    const override = {
      ...described('Drops the middleware of the server. Default false.'),
      default: false,
      ...orPlaceholder({ type: 'boolean' }),
    }
    const properties: Members['properties'] = level === 'app' ? { override, use } : { use }
    return {
      default: [],
      anyOf: [list, objectSchema({ properties, required: [] })],
    }
  }

  #mounts(): JsonSchema {
    const { mounts } = this.#vocabulary
    return { default: [], ...listSchema(this.#oneOf('mounts', mounts)) }
  }

  #modules(): JsonSchema {
    const allow = this.#schemas.reference(readObjectPlan(ModuleAllowance, []), this.#vocabulary.describe)
    const use = {
      ...described('A package, or the name of a module class that was found.'),
      type: 'string',
      minLength: 1,
    }
    const entry = objectSchema({
      properties: { use, allow: { ...described('What the module may do. Default: what it declares.'), ...allow } },
      required: ['use'],
    })
    return { default: [], ...listSchema({ anyOf: [{ type: 'string', minLength: 1 }, entry] }) }
  }

  #services(): JsonSchema {
    const type = described('What the service is: a class, or what an installed package offers.')
    return this.#typed('services', this.#vocabulary.services, { properties: { type }, required: ['type'] })
  }

  #secrets(): JsonSchema {
    const common = this.#members(SecretEntryConfig, this.#vocabulary.describe)
    return this.#typed('secrets', this.#vocabulary.secrets, common)
  }

  /** `{ type, … }` by names of the user's choice: what is known of all entries, and what each type has besides. */
  #typed(section: string, types: ReadonlyMap<string, Nameable>, common: Members): JsonSchema {
    const cases = [...types].map(([name, { description, config, describe }]) => {
      const { properties, required } = config ? this.#members(config, describe) : noMembers
      const type = { ...described(description), const: name }
      const members = {
        properties: { ...common.properties, type, ...properties },
        required: [...common.required, ...required],
      }
      const schema = this.#define(`${section}.${name}`, () => mapSchema(members))
      return { if: { type: 'object', properties: { type: { const: name } }, required: ['type'] }, then: schema }
    })
    const { description } = common.properties.type as { readonly description?: string }
    const type = { ...described(description), ...nameSchema([...types.keys()], this.#isClosed) }
    const entry = {
      type: ['object', 'string'],
      pattern: placeholder.pattern,
      properties: { ...common.properties, type },
      required: common.required,
      allOf: cases,
    }
    return { default: {}, ...namedSchema(this.#define(section, () => entry)) }
  }

  /** `{ name: config }`, one name in each map. */
  #oneOf(section: string, nameables: ReadonlyMap<string, Nameable>): JsonSchema {
    const properties = Object.fromEntries(
      [...nameables].map(([name, { description, config, describe }]) => {
        const members = config ? this.#members(config, describe) : noMembers
        const schema = this.#define(`${section}.${name}`, () => nullable(mapSchema(members)))
        return [name, { ...described(description), ...schema }]
      }),
    )
    const others = this.#isClosed || section === 'mounts' ? false : { type: ['object', 'null', 'string'] }
    return { type: 'object', properties, additionalProperties: others, minProperties: 1, maxProperties: 1 }
  }

  #define(name: string, schema: () => JsonSchema): JsonSchema {
    return this.#schemas.define(name, schema())
  }

  #members(type: Class, describe: Describe): Members {
    return this.#schemas.members(readObjectPlan(type, []), describe)
  }
}

const noMembers: Members = { properties: {}, required: [] }
