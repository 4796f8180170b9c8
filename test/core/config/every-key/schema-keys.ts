import type { Schema } from '../schema/compile-schema.js'

/**
 * Every key that a schema of the configuration has, as `LimitsConfig.body` or `services.postgres.poolSize`; those of the root stand
 * under `ServerConfig`, and what all types of a section share under the section. Of deployments only what the root does not have.
 * Left out are sections, whose own keys are there, and `type`, without which no other key of an entry can be set.
 */
export function schemaKeys(schema: Schema): readonly string[] {
  const { definitions = {}, ...root } = schema as { definitions?: Record<string, Schema> }
  const keys = [...keysOf(root, 'ServerConfig')]
  for (const [name, definition] of Object.entries(definitions)) {
    if (/^layer\b/.test(name)) continue
    if (name.startsWith('deployments.')) {
      const own = Object.keys((definition.properties as object | undefined) ?? {})
      const shared = Object.keys(((root as Schema).properties as object | undefined) ?? {})
      keys.push(...own.filter((key) => !shared.includes(key)).map((key) => `${name}.${key}`))
      continue
    }
    const common = commonKeys(definitions[name.split('.')[0]!])
    for (const key of keysOf(definition, name)) {
      const [, section = '', , property = ''] = /^((?:services|secrets))\.([^.]+)\.(\w+)$/.exec(key) ?? []
      if (property === 'type') continue
      keys.push(section !== '' && common.includes(property) ? `${section}.${property}` : key)
    }
  }
  return [...new Set(keys)].filter((key) => !/^(?:services|secrets)\.type$/.test(key)).sort()
}

function* keysOf(node: unknown, path: string): Iterable<string> {
  if (typeof node !== 'object' || node === null) return
  const { properties = {}, ...rest } = node as { properties?: Record<string, Schema> }
  for (const [key, value] of Object.entries(properties)) {
    const isSection = '$ref' in value
    if (!isSection) yield `${path}.${key}`
    yield* keysOf(value, `${path}.${key}`)
  }
  for (const [key, value] of Object.entries(rest)) if (key !== 'if') yield* keysOf(value, path)
}

function commonKeys(entry: Schema | undefined): readonly string[] {
  return Object.keys((entry?.properties as object | undefined) ?? {})
}
