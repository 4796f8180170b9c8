import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { createServer } from '@lokstra/core'
import { expect } from 'chai'

import { LanguageServer } from '../../../helpers/language-server.js'
import { repositoryRoot } from '../../../helpers/repository.js'
import { createTemporaryFolder } from '../../../helpers/temporary-folder.js'

const shipped = join(repositoryRoot, 'packages/core/lokstra.schema.json')
const shippedLayer = join(repositoryRoot, 'packages/core/lokstra.layer.schema.json')

function naming(schema: string, ...lines: readonly string[]): string {
  return [`# yaml-language-server: $schema=${pathToFileURL(schema).href}`, ...lines, ''].join('\n')
}

describe('the schema in an editor', function () {
  this.timeout(60_000)

  it('marks nothing in the configuration of the sample', async () => {
    await using editor = await LanguageServer.start()
    const sample = await readFile(join(repositoryRoot, 'samples/todo-api/lokstra.yaml'), 'utf8')
    expect(await editor.open('file:///sample/lokstra.yaml', naming(shipped, sample))).to.deep.equal([])
  })

  it('marks every mistake at its key or value, and says what is wanted', async () => {
    await using editor = await LanguageServer.start()
    const mistakes = await editor.open(
      'file:///mistakes/lokstra.yaml',
      naming(
        shipped,
        'services:',
        '  db: { type: postgres, urll: embedded }',
        'apps:',
        '  - name: api',
        "    lisen: ':3000'",
        '    limits: { body: 1 GiBB }',
        '    timeouts: { handler: soon }',
        '    unknownKeys: refuse',
      ),
    )
    expect(mistakes).to.have.members([
      '3:25 Property urll is not allowed.',
      '6:5 Property lisen is not allowed.',
      '7:21 must be a size such as 512KiB or 1MiB, or hold ${…}',
      '8:26 must be a duration such as 500ms or 30s, or hold ${…}',
      '9:18 Value is not accepted. Valid values: "drop", "reject".',
    ])
  })

  it('takes a part of a configuration for the file of an environment', async () => {
    await using editor = await LanguageServer.start()
    const lines = [
      'services:',
      '  db: { poolSize: 50 }',
      '  cache: null',
      'apps:',
      '  - { name: api, listen: null, lisen: x }',
    ]
    const mistakes = await editor.open('file:///environment/lokstra.production.yaml', naming(shippedLayer, ...lines))
    expect(mistakes).to.deep.equal(['6:32 Property lisen is not allowed.'])
  })

  it('completes the keys of an app and of a type of service', async () => {
    await using editor = await LanguageServer.start()
    const uri = 'file:///completion/lokstra.yaml'
    await editor.open(
      uri,
      naming(shipped, 'apps:', '  - name: api', '    ', 'services:', '  db:', '    type: postgres', '    '),
    )
    expect(await editor.completions(uri, 4, 5)).to.include.members(['listen', 'controllers', 'limits', 'tls'])
    expect(await editor.completions(uri, 8, 5)).to.include.members(['url', 'poolSize', 'migrations'])
  })

  it('shows what a key is for', async () => {
    await using editor = await LanguageServer.start()
    const uri = 'file:///hover/lokstra.yaml'
    await editor.open(uri, naming(shipped, 'shutdown: { drainDelay: 5s }'))
    expect(await editor.hover(uri, 2, 14)).to.include('between readiness turning red and the end of listening')
  })

  it('knows the classes of the application when it was made from them', async () => {
    await using folder = await createTemporaryFolder()
    await using editor = await LanguageServer.start()
    const file = join(folder.path, 'lokstra.schema.json')
    class Plain {}
    const server = createServer({
      apps: [{ controllers: [Plain] }],
      namedMiddleware: { audit: (_ctx, next) => next() },
    })
    await writeFile(file, JSON.stringify(await server.configurationSchema()))
    const mistakes = await editor.open(
      'file:///own/lokstra.yaml',
      naming(file, 'middleware:', '  - audit', '  - audti'),
    )
    expect(mistakes).to.deep.equal(['4:5 Value is not accepted. Valid values: "audit".'])
  })
})
