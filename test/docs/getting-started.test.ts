import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { freePort } from '../helpers/free-port.js'
import { readConsoleSteps } from '../helpers/console-blocks.js'
import { curl } from '../helpers/curl.js'
import { lokstra } from '../helpers/lokstra.js'
import { readBlocks } from '../helpers/markdown.js'
import { packPackages } from '../helpers/pack-packages.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder } from '../helpers/temporary-folder.js'

const run = promisify(execFile)
const page = join(repositoryRoot, 'docs/getting-started.md')
const packages = ['core', 'services', 'middleware', 'cli']

interface Output {
  readonly stdout: string
  readonly stderr: string
}

interface Entries {
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string>>
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
}

/** The blocks of the page that are files: `file=` behind the fence, or a comment with the name in the first line. */
function filesOfThePage(): Record<string, string> {
  const named = readBlocks(page).flatMap(({ info, text }) => {
    const name = /^file=(\S+)/.exec(info)?.[1] ?? /^(?:\/\/|#) (\S+\.(?:ts|yaml))\n/.exec(text)?.[1]
    return name === undefined ? [] : [[name, text] as const]
  })
  return Object.fromEntries(named)
}

/** What the page installs. */
function installedByThePage(): string[] {
  const install = readBlocks(page).find(({ text }) => text.includes('npm init'))!.text
  const words = [...install.matchAll(/^npm install (.*)$/gm)].flatMap(([, names = '']) => names.split(' '))
  return words
    .filter((word) => !word.startsWith('--'))
    .flatMap((word) => (word.endsWith('/*.tgz') ? packages.map((name) => `@lokstra/${name}`) : word))
}

/** The project of the page: its files, its packages, built as it says. */
async function followThePage(): Promise<AppFolder> {
  const files = filesOfThePage()
  const installed = installedByThePage()
  const dependencies = Object.fromEntries(installed.map((name) => [name, '*']))
  const manifest = JSON.stringify({ ...(JSON.parse(files['package.json']!) as Manifest), dependencies })
  const app = await createAppFolder({ ...files, 'package.json': manifest }, installed)
  const [command, ...args] = (JSON.parse(files['package.json']!) as Manifest).scripts.build!.split(' ')
  expect(command).to.equal('lokstra')
  const built = await lokstra(app.path, ...args)
  expect(built).to.include({ code: 0, stderr: '' })
  expect(built.stdout).to.match(/^built in .* s: 1 app, 2 routes$/m)
  return app
}

describe('docs/getting-started.md', function () {
  this.timeout(60_000)
  let app: AppFolder

  before(async () => {
    app = await followThePage()
  })
  after(() => app?.[Symbol.asyncDispose]())

  it('makes a server that answers as the page says, at the port of .env, and stops on SIGTERM', async () => {
    const { PORT: _, ...env } = process.env
    const port = await freePort()
    const settings = join(app.path, '.env')
    await writeFile(settings, (await readFile(settings, 'utf8')).replace('8080', String(port)))
    const command = readBlocks(page).find(({ text }) => text.startsWith('node node_modules/'))!.text
    const child = spawn(process.execPath, command.trim().split(' ').slice(1), {
      cwd: app.path,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      let output = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
      }
      const ended = once(child, 'close')
      while (!output.includes('server ready') && child.exitCode === null) {
        await Promise.race([once(child.stdout, 'data'), ended])
      }
      expect(output).to.include('server ready')

      const steps = readConsoleSteps(page)
      expect(steps).to.have.length(3)
      for (const step of steps) {
        const answer = await curl(step.command, { origin: `http://localhost:${port}`, folder: app.path })
        expect(withoutIds(step.output)).to.include(withoutIds(answer.body))
        if (answer.showsHead) expect(step.output.split('\n')[0]).to.equal(answer.statusLine)
        for (const [, name = '', value] of step.output.matchAll(/^([a-z-]+): (.*)$/gm)) {
          expect(answer.headers[name]).to.equal(value)
        }
      }

      child.kill('SIGTERM')
      expect(await ended).to.deep.equal([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('shows tests that pass', async () => {
    const { scripts } = JSON.parse(filesOfThePage()['package.json']!) as Manifest
    const pattern = new RegExp(`^${scripts.build} && mocha "(.+)"$`).exec(scripts.test!)![1]!
    const mocha = join(app.path, 'node_modules/mocha/bin/mocha.js')
    const { stdout } = await run(process.execPath, [mocha, pattern], { cwd: app.path })
    expect(stdout).to.match(/\b3 passing\b/)
  })

  it('shows what is printed for a mistake', async () => {
    const files = filesOfThePage()
    await writeFile(
      join(app.path, 'lokstra.yaml'),
      files['lokstra.yaml']!.replace('[NoteController]', '[NotesController]'),
    )
    const command = join(app.path, 'node_modules/@lokstra/cli/bin/lokstra.js')
    const result = run(process.execPath, [command, 'start'], { cwd: app.path })
    expect((await result.catch((error: unknown) => error as Output)).stderr).to.equal(files['mistake.txt'])
  })
})

describe('the packed packages', function () {
  this.timeout(60_000)

  it('hold what was built, their documentation, the license and all that package.json points to', async () => {
    await using packed = await createTemporaryFolder()
    await packPackages(packed.path)
    const tarballs = await readdir(packed.path)
    expect(tarballs.map((file) => /^lokstra-(\w+)-/.exec(file)?.[1])).to.have.members(packages)
    for (const file of tarballs) {
      const { stdout } = await run('tar', ['-tzf', join(packed.path, file)])
      const paths = stdout.split('\n').map((path) => path.replace('package/', ''))
      const name = /^lokstra-(\w+)-/.exec(file)![1]!
      const folder = join(repositoryRoot, 'packages', name)
      const { bin = {}, exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Entries
      const entries = [...Object.values(bin), ...Object.values(exports)].map((path) => path.replace('./', ''))
      expect(paths, name).to.include.members(['README.md', 'LICENSE', ...entries])
      expect(
        paths.filter((path) => /^dist\/.+\.js$/.test(path)),
        name,
      ).not.to.be.empty
      expect(await readFile(join(folder, 'LICENSE'), 'utf8')).to.equal(
        await readFile(join(repositoryRoot, 'LICENSE'), 'utf8'),
      )
      if (name === 'core') expect(paths).to.include('errors.md')
    }
  })
})

function withoutIds(text: string): string {
  return text.replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<uuid>')
}
