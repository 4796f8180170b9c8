import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createServer, type SchemaOptions } from '@lokstra/core'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

import { repositoryRoot } from '../../../helpers/repository.js'

export type Schema = Readonly<Record<string, unknown>>

/** The tests have all packages of the repository installed. */
export const testFolder = join(repositoryRoot, 'test')
export const shippedFile = join(repositoryRoot, 'packages/core/lokstra.schema.json')

export function shippedSchema(): Schema {
  return JSON.parse(readFileSync(shippedFile, 'utf8')) as Schema
}

/** Of core, and of what the packages of this repository offer. */
export async function packagesSchema(options?: SchemaOptions): Promise<Schema> {
  return (await createServer({ folder: testFolder }).configurationSchema(options)) as Schema
}

/** Gives what is wrong with a value, as `path: message`, nothing where it is right. */
export function compileSchema(schema: Schema): (value: unknown) => readonly string[] {
  const ajv = new Ajv({
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
    allErrors: true,
  })
  // Ajv exports itself under CommonJS, where the default is the module.
  ;(addFormats as unknown as { default: (ajv: Ajv) => void }).default(ajv)
  for (const keyword of ['markdownDescription', 'patternErrorMessage', 'deprecationMessage']) ajv.addKeyword(keyword)
  const validate = ajv.compile(schema)
  return (value) => {
    validate(value)
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'}: ${message}`)
  }
}

/** The value of YAML text, as an editor reads it. */
export function readYaml(text: string): unknown {
  return parse(text, { logLevel: 'error' })
}
