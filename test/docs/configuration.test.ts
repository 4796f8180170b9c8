import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createServer, readBootProblems } from '@lokstra/core'
import { expect } from 'chai'
import { parseDocument } from 'yaml'

import { createAppFolder } from '../helpers/app-folder.js'
import { readBlocks } from '../helpers/markdown.js'
import { repositoryFiles, repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder } from '../helpers/temporary-folder.js'
import { documentationPages } from './pages.js'

type Variables = Readonly<Record<string, string>>

// Not exported to users: what they call is `createServer({ file })`, which would also want the classes that a page leaves out.
const compiled = new URL('../../../packages/core/dist/config/load-config.js', import.meta.url)
const { loadConfig } = (await import(compiled.href)) as {
  loadConfig(
    file: string,
    options: { readonly environment?: string; readonly env: Variables; readonly secrets: object },
    problems: Error[],
  ): Promise<unknown>
}

interface YamlText {
  /** Relative to the repository. */
  readonly file: string
  /** Line of the file, from 1, on which the text starts. */
  readonly line: number
  readonly text: string
}

const blocks: readonly YamlText[] = documentationPages().flatMap((file) =>
  readBlocks(join(repositoryRoot, file))
    .filter(({ lang }) => lang === 'yaml' || lang === 'yml')
    .map(({ line, text }) => ({ file, line, text })),
)

const files: readonly YamlText[] = repositoryFiles()
  .filter((file) => /^(?:samples|docs)\/.*\.ya?ml$/.test(file))
  .map((file) => ({ file, line: 1, text: readFileSync(join(repositoryRoot, file), 'utf8') }))

const layerName = /^# lokstra\.(\w+)\.yaml\b/
const isConfiguration = ({ text }: YamlText) =>
  !layerName.test(text) && (/^# lokstra\.yaml\b/.test(text) || /^(?:apps|services):/m.test(text))

const configurations = [...blocks, ...files].filter(isConfiguration)

/** The blocks of environments, each with the configuration that its page has shown before it. */
const layers = blocks.flatMap((layer, index) => {
  const environment = layerName.exec(layer.text)?.[1]
  const before = blocks.slice(0, index).filter(({ file }) => file === layer.file)
  return environment === undefined ? [] : [{ ...layer, environment, below: before.findLast(isConfiguration) }]
})

/** A value for each variable that has no default. */
function variablesOf(text: string): Variables {
  return Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name, '1']))
}

/**
 * What a check says of a configuration of which the rest is elsewhere on the page, or nowhere: classes by their names, files, and secrets
 * that only a certain machine has.
 */
const leftOut = [
  /^E_DISCOVER_NOTHING:/,
  /^E_(?:CONTROLLER|HANDLER|PUBLISH|MODULE)_UNKNOWN: .*\b(?:[A-Z]\w*(?:Controller|Service|Module)|Observer)\b/,
  /^E_SERVICE_TYPE_UNKNOWN: .* has the type "(?:httpOutbox|searchIndex|probe|reconciler|tokens)"/,
  /^E_EXTERNAL_INVALID: .*: there is no such class/,
  /^E_(?:MOUNT_DIR|TLS_FILE|SECRET_UNAVAILABLE):/,
]

const packages = ['@lokstra/core', '@lokstra/services', '@lokstra/middleware', 'class-validator']

/** Provides every secret that a page asks for, long enough for a key. */
const secrets = { open: () => ({ read: () => Promise.resolve('secret'.repeat(6)), complete: () => Promise.resolve() }) }

describe('YAML in the documentation and the samples', () => {
  it('can be parsed', () => {
    const problems = [...blocks, ...files].flatMap(({ file, line, text }) =>
      parseDocument(text).errors.map(({ message }) => `${file}:${line}: ${message}`),
    )
    expect(problems).to.deep.equal([])
  })

  for (const { file, line, text } of configurations) {
    it(`is accepted as a configuration: ${file}:${line}`, async () => {
      // Empty lines in front, so that errors name the lines of the page.
      const placed = '\n'.repeat(line - 1) + text
      const problems: Error[] = []
      await using folder = await createTemporaryFolder()
      const copy = join(folder.path, 'lokstra.yaml')
      await writeFile(copy, placed)
      await loadConfig(copy, { env: variablesOf(text), secrets }, problems)
      expect(problems.map(({ message }) => message)).to.deep.equal([])
    })

    it(`is one that a server can start with, apart from what is left out: ${file}:${line}`, async () => {
      await using folder = await createAppFolder({ 'lokstra.yaml': text }, packages)
      const variables = [...text.matchAll(/\$\{(?:secret:env:)?(\w+)\}/g)].map(([, name]) => [name, '1'.repeat(32)])
      const failure: unknown = await createServer({
        file: join(folder.path, 'lokstra.yaml'),
        env: Object.fromEntries(variables) as Variables,
      })
        .check()
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      const problems = failure === undefined ? [] : readBootProblems(failure)
      const wrong = problems.map(({ code, problem }) => `${code}: ${problem}`)
      expect(wrong.filter((problem) => !leftOut.some((pattern) => pattern.test(problem)))).to.deep.equal([])
    })
  }

  for (const { file, line, text, environment, below } of layers) {
    it(`is accepted over the configuration above it: ${file}:${line}`, async () => {
      const problems: Error[] = []
      await using folder = await createTemporaryFolder()
      const main = join(folder.path, 'lokstra.yaml')
      await writeFile(main, below?.text ?? '')
      await writeFile(join(folder.path, `lokstra.${environment}.yaml`), '\n'.repeat(line - 1) + text)
      const env = variablesOf(`${below?.text ?? ''}${text}`)
      await loadConfig(main, { environment, env, secrets }, problems)
      expect(problems.map(({ message }) => message)).to.deep.equal([])
    })
  }
})
