import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { Class } from '../../decorators/metadata.js'
import { SecretEntryConfig } from '../secrets/secret-entry-config.js'
import { AppConfig, GroupConfig, ModuleAllowance, RouteConfig, ServerConfig } from '../classes/server-config.js'
import type { Describe } from './doc-comments.js'
import { rootOnlyKeys } from '../layers/deployments.js'
import {
  described,
  listSchema,
  mapSchema,
  nameSchema,
  namedSchema,
  nullable,
  objectSchema,
  placeholder,
  type JsonSchema,
  type Members,
} from './json-schema.js'
import { deploymentsSchema, layerDefinitions, layerSchema } from './layer-schema.js'
import { ObjectSchemas } from './object-schemas.js'

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
  /** Those that are not a package, by the name of their class. */
  readonly modules: ReadonlyMap<string, Nameable>
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
  const { properties, required } = forms.root()
  const alone = forms.definitions()
  const shared = Object.fromEntries(Object.entries(properties).filter(([key]) => !rootOnlyKeys.includes(key)))
  const { section, definitions } = deploymentsSchema(shared)
  const deployments = { ...properties.deployments, ...section }
  const { deployments: _, ...others } = properties
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of a Lokstra server',
    ...objectSchema({ properties: { ...properties, deployments }, required }),
    definitions: { ...alone, ...definitions, layer: layerSchema(others, deployments), ...layerDefinitions(alone) },
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
    const group = { controllers: () => this.#controllers(), middleware: () => this.#middleware() }
    const forms = new Map<Class, Readonly<Record<string, () => JsonSchema>>>([
      [
        ServerConfig,
        {
          modules: () => this.#modules(),
          secrets: () => this.#secrets(),
          services: () => this.#services(),
          deployments: () => ({}),
          middleware: () => this.#middleware(),
        },
      ],
      [AppConfig, { ...group, mounts: () => this.#mounts(), formatter: () => nameSchema(vocabulary.formatters, true) }],
      [GroupConfig, group],
      [RouteConfig, { middleware: () => this.#middleware() }],
    ])
    this.#schemas = new ObjectSchemas((type, property) => forms.get(type)?.[property]?.())
  }

  root(): Members {
    return this.#members(ServerConfig, this.#vocabulary.describe)
  }

  definitions(): Readonly<Record<string, JsonSchema>> {
    return this.#schemas.definitions()
  }

  /** A list of names, or text such as `A, B`. */
  #controllers(): JsonSchema {
    const { controllers } = this.#vocabulary
    return { type: ['array', 'string'], items: nameSchema(controllers, this.#isClosed) }
  }

  #middleware(): JsonSchema {
    const { middleware } = this.#vocabulary
    const item = this.#schemas.define('middleware', {
      anyOf: [nameSchema([...middleware.keys()], this.#isClosed), this.#oneOf('middleware', middleware)],
    })
    return { default: [], ...listSchema(item) }
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
      properties: {
        use,
        allow: { ...described('What the module may do. Default: what it declares.'), ...allow },
        config: { ...described('The configuration of the module. Default none.'), type: ['object', 'null', 'string'] },
      },
      required: ['use'],
    })
    const cases = [...this.#vocabulary.modules].map(([name, { config, describe }]) => ({
      if: { type: 'object', properties: { use: { const: name } }, required: ['use'] },
      then: {
        properties: {
          config: this.#schemas.define(`modules.${name}`, nullable(mapSchema(this.#members(config, describe)))),
        },
      },
    }))
    const item = { anyOf: [{ type: 'string', minLength: 1 }, entry], ...(cases.length > 0 ? { allOf: cases } : {}) }
    return { default: [], ...listSchema(item) }
  }

  #services(): JsonSchema {
    const type = described('What the service is: a class, or what an installed package offers.')
    const dependsOn = {
      ...described('Services that are started before this one, by name, besides those that it injects. Default none.'),
      default: [],
      // Text such as `a, b` is a list as well.
      type: ['array', 'string'],
      items: { type: 'string', minLength: 1 },
    }
    return this.#typed('services', this.#vocabulary.services, { properties: { type, dependsOn }, required: ['type'] })
  }

  #secrets(): JsonSchema {
    const common = this.#members(SecretEntryConfig, this.#vocabulary.describe)
    return this.#typed('secrets', this.#vocabulary.secrets, common)
  }

  /** `{ type, … }` by names of the user's choice: what is known of all entries, and what each type has besides. */
  #typed(section: string, types: ReadonlyMap<string, Nameable>, common: Members): JsonSchema {
    const cases = [...types].map(([name, { description, config, describe }]) => {
      const { properties, required } = this.#members(config, describe)
      const type = { ...described(description), const: name }
      const members = {
        properties: { ...common.properties, type, ...properties },
        required: [...common.required, ...required],
      }
      const schema = this.#schemas.define(`${section}.${name}`, mapSchema(members))
      return { if: { type: 'object', properties: { type: { const: name } }, required: ['type'] }, then: schema }
    })
    const { description } = common.properties.type as { readonly description?: string }
    const type = { ...described(description), ...nameSchema([...types.keys()], this.#isClosed) }
    const entry = {
      type: ['object', 'string'],
      pattern: placeholder.pattern,
      properties: { ...common.properties, type },
      required: common.required,
      ...(cases.length > 0 ? { allOf: cases } : {}),
    }
    return { default: {}, ...namedSchema(this.#schemas.define(section, entry)) }
  }

  /** `{ name: config }`, one name in each map. */
  #oneOf(section: string, nameables: ReadonlyMap<string, Nameable>): JsonSchema {
    const properties = Object.fromEntries(
      [...nameables].map(([name, { description, config, describe }]) => {
        const schema = this.#schemas.define(`${section}.${name}`, nullable(mapSchema(this.#members(config, describe))))
        return [name, { ...described(description), ...schema }]
      }),
    )
    const others = this.#isClosed || section === 'mounts' ? false : { type: ['object', 'null', 'string'] }
    return { type: 'object', properties, additionalProperties: others, minProperties: 1, maxProperties: 1 }
  }

  /** @param type  undefined for what takes no configuration */
  #members(type: Class | undefined, describe: Describe): Members {
    return type ? this.#schemas.members(readObjectPlan(type, []), describe) : { properties: {}, required: [] }
  }
}
