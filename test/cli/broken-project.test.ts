import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { lokstra } from '../helpers/lokstra.js'
import { repositoryRoot } from '../helpers/repository.js'

/** Mistakes of a key, of a value that holds a secret, and of a name that only the classes can tell. */
const configuration = `nam: shop
discover: ['dist/*.js']
apps:
  - { name: api, listen: 'pg://me:hunter2@db', controllers: [Tmes] }
deployments:
  split: { servers: { all: {} } }
`

const times = `import { Get, Route } from '@lokstra/core'
export class Times { now() { return 'noon' } }
Reflect.defineMetadata('design:paramtypes', [], Times.prototype, 'now')
Get('/now')(Times.prototype, 'now', Object.getOwnPropertyDescriptor(Times.prototype, 'now'))
Route('/times')(Times)
`

const values = ['E_CONFIG_KEY_UNKNOWN', 'E_CONFIG_VALUE_INVALID']
const all = [...values, 'E_CONTROLLER_UNKNOWN']

/** What each command that reads a project finds: those that only show values say nothing of classes. */
const commands: readonly {
  readonly words: readonly string[]
  readonly codes: readonly string[]
  readonly isData: boolean
}[] = [
  { words: ['start'], codes: all, isData: false },
  { words: ['routes'], codes: all, isData: true },
  { words: ['config', 'check'], codes: all, isData: true },
  { words: ['config', 'print'], codes: values, isData: true },
  { words: ['why', 'config', 'name'], codes: values, isData: true },
  { words: ['why', 'route', 'GET', '/times/now'], codes: all, isData: true },
  { words: ['why', 'inject', 'Times'], codes: all, isData: true },
  { words: ['contract', 'snapshot'], codes: all, isData: false },
  { words: ['contract', 'check'], codes: all, isData: true },
  { words: ['topology', 'graph'], codes: all, isData: false },
  { words: ['topology', 'plan', 'split'], codes: all, isData: false },
  { words: ['topology', 'up', 'split'], codes: all, isData: false },
]

interface Problem {
  readonly code: string
  readonly file?: string
  readonly line?: number
  readonly path?: string
}

describe('a project with mistakes', () => {
  let app: AppFolder
  before(async () => {
    app = await createAppFolder({
      'lokstra.yaml': configuration,
      'lokstra.contracts.json': '{"version":1,"services":{}}',
      'dist/times.js': times,
    })
  })
  after(() => app[Symbol.asyncDispose]())

  for (const { words, codes, isData } of commands) {
    it(`is reported by lokstra ${words.join(' ')}, every mistake at its place`, async () => {
      const { code, stdout, stderr } = await lokstra(app.path, ...words)
      expect([code, stdout]).to.deep.equal([1, ''])
      expect([...stderr.matchAll(/^\d+\. (E_\w+):/gm)].map(([, found]) => found)).to.deep.equal(codes)
      expect(stderr.match(/^ {2}at {3}lokstra\.yaml:\d+:\d+$/gm)).to.have.length(codes.length)
      expect(stderr).not.to.contain('hunter2')
    })

    if (!isData) continue
    it(`is printed by lokstra ${words.join(' ')} --json as data, alone on standard output`, async () => {
      const { code, stdout, stderr } = await lokstra(app.path, ...words, '--json')
      expect([code, stderr]).to.deep.equal([1, ''])
      const { problems } = JSON.parse(stdout) as { problems: readonly Problem[] }
      expect(problems.map((problem) => problem.code)).to.deep.equal(codes)
      for (const problem of problems)
        expect(problem)
          .to.include({ file: 'lokstra.yaml' })
          .and.have.all.keys(
            'code',
            'problem',
            'file',
            'line',
            'column',
            'fix',
            'docs',
            'where',
            ...Object.keys(problem).filter((key) => ['path', 'value', 'expected'].includes(key)),
          )
      expect(problems.map(({ line }) => line)).to.deep.equal([1, 4, 4].slice(0, codes.length))
      expect(stdout).not.to.contain('hunter2')
    })
  }

  it('is tried with every command that prints data', () => {
    const folder = join(repositoryRoot, 'packages/cli/src/commands')
    const groups = ['config', 'contract', 'topology', 'why']
    const known = new Set(
      commands.map(({ words: [first, second] }) => (groups.includes(first!) ? `${first}-${second}` : first)),
    )
    // These make something, or print what does not depend on mistakes; what topology check prints is made of them.
    const others = ['build', 'completion', 'config-schema', 'dev', 'init', 'new', 'topology-check', ...groups]
    const files = readdirSync(folder).map((name) => name.replace('.ts', ''))
    expect(files.sort()).to.deep.equal([...known, ...others].sort())
  })
})
