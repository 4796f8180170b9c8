// Writes the JSON Schema of the configuration that the package ships; with --check it only fails when it is out of date.
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { createServer } from '../packages/core/dist/index.js'

const root = dirname(import.meta.dirname)
const file = join(root, 'packages/core/lokstra.schema.json')

// The tests have all packages of this repository installed; an application has types and names of its own besides theirs.
const schema = await createServer({ folder: join(root, 'test') }).configurationSchema({ allowsOtherNames: true })
const text = `${JSON.stringify(schema, undefined, 2)}\n`

if (!process.argv.includes('--check')) {
  await writeFile(file, text)
} else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('packages/core/lokstra.schema.json does not say what the config classes say. Run: npm run docs:schema')
  process.exitCode = 1
}
