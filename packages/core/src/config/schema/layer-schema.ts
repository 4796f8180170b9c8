import { serverUrlPattern } from '../../contract/server-url.js'
import { isRecord } from '../../objects/is-record.js'
import {
  described,
  namedSchema,
  nullable,
  objectSchema,
  orPlaceholderPattern,
  saying,
  type JsonSchema,
  type Members,
} from './json-schema.js'

const prefix = '#/definitions/'
const layerName = (name: string) => `layer.${name}`

/**
 * What may be laid over other values: no key is required, since it may stand below, and null takes a key away.
 * @param schema  of values that stand alone; what it refers to is in {@link layerDefinitions}
 */
function toLayer(schema: JsonSchema): JsonSchema {
  return mapValues(schema, (value, key) => {
    if (key === '$ref') return `${prefix}${layerName(String(value).slice(prefix.length))}`
    // A condition is about what is there.
    if (key === 'required' || key === 'dependencies') return undefined
    if (key === 'anyOf' && isAboutKeys(value)) return undefined
    if (key === 'if' || key === 'default') return value
    if (key === 'additionalProperties' && isRecord(value)) return nullable(toLayer(value))
    if (key === 'properties') return layerProperties(value as Members['properties'])
    return Array.isArray(value)
      ? value.map((item: unknown) => (isRecord(item) ? toLayer(item) : item))
      : isRecord(value)
        ? toLayer(value)
        : value
  })
}

function layerProperties(properties: Members['properties']): Members['properties'] {
  return mapValues(properties, (value) => {
    const { description, markdownDescription, ...schema } = toLayer(value as JsonSchema)
    return {
      ...(description === undefined ? {} : { description }),
      ...(markdownDescription === undefined ? {} : { markdownDescription }),
      ...nullable(schema),
    }
  }) as Members['properties']
}

/** The definitions that a layer refers to, under names of their own. */
export function layerDefinitions(
  definitions: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [layerName(name), toLayer(schema)]))
}

/** What the file of an environment may hold. @param root  keys of the root, without `deployments` */
export function layerSchema(root: Members['properties'], deployments: JsonSchema): JsonSchema {
  return objectSchema({ properties: { ...layerProperties(root), deployments: nullable(deployments) }, required: [] })
}

/** The section `deployments`. @param root  keys of the root that a deployment and a server may have */
export function deploymentsSchema(root: Members['properties']): {
  readonly section: JsonSchema
  readonly definitions: Readonly<Record<string, JsonSchema>>
} {
  const shared = layerProperties(root)
  const address = {
    type: 'string',
    pattern: orPlaceholderPattern(serverUrlPattern.source),
    ...saying('must be an address such as http://users:3001'),
  }
  const url = {
    ...described(
      'Where the other servers of the deployment reach this one; of several the calls are shared out. Default: in production none, elsewhere the addresses of its apps on this machine.',
    ),
    anyOf: [address, { type: 'array', items: address }],
  }
  const servers = {
    ...described('By name: what holds for one server besides.'),
    ...withoutDots(namedSchema(nullable({ $ref: `${prefix}deployments.server` }))),
  }
  const deployment = objectSchema({ properties: { ...shared, servers }, required: [] })
  const server = objectSchema({ properties: { ...shared, url }, required: [] })
  return {
    section: withoutDots(namedSchema(nullable({ $ref: `${prefix}deployments.deployment` }))),
    definitions: { 'deployments.deployment': deployment, 'deployments.server': server },
  }
}

/** A server is chosen as `deployment.server`. */
function withoutDots(map: JsonSchema): JsonSchema {
  return { ...map, propertyNames: { pattern: '^[^.]*$', ...saying('must have a name without dots') } }
}

/** Alternatives that are nothing but required keys. */
function isAboutKeys(alternatives: unknown): boolean {
  return (alternatives as readonly JsonSchema[]).every((one) => Object.keys(one).join() === 'required')
}

/** Leaves out what becomes undefined. */
function mapValues(object: JsonSchema, map: (value: unknown, key: string) => unknown): JsonSchema {
  const entries = Object.entries(object).map(([key, value]): [string, unknown] => [key, map(value, key)])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
