import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify, stripVTControlCharacters } from 'node:util'

import { expect } from 'chai'

import { lokstra, lokstraScript, runProgram } from '../helpers/lokstra.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder, filesBelow } from '../helpers/temporary-folder.js'
import { spawnOnTerminal } from '../helpers/terminal.js'

const filesOnly = ['--yes', '--no-install', '--no-git']

interface Manifest {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
}

describe('lokstra init', () => {
  it('writes the minimal template to a new folder, under its name, and says what to do next', async () => {
    await using folder = await createTemporaryFolder()
    expect(await lokstra(folder.path, 'init', 'shop', ...filesOnly)).to.deep.equal({
      code: 0,
      stdout: 'Wrote shop (minimal) to shop\n\nNext:\n  cd shop\n  npm install\n  npm run dev\n',
      stderr: '',
    })
    expect(await filesBelow(join(folder.path, 'shop'))).to.deep.equal([
      '.editorconfig',
      '.env.example',
      '.gitignore',
      '.mocharc.json',
      '.npmrc',
      '.prettierignore',
      '.prettierrc.json',
      'README.md',
      'eslint.config.js',
      'lokstra.yaml',
      'package.json',
      'src/greetings/greeting.controller.ts',
      'src/greetings/greeting.dto.ts',
      'src/greetings/greeting.service.ts',
      'test/greetings/greeting.controller.test.ts',
      'tsconfig.json',
    ])
    expect((await readManifest(join(folder.path, 'shop'))).name).to.equal('shop')
    expect(await readFile(join(folder.path, 'shop/lokstra.yaml'), 'utf8')).to.match(/^name: 'shop'$/m)
    expect(await readFile(join(folder.path, 'shop/README.md'), 'utf8')).to.match(/^# shop\n/)
  })

  it('writes to the working folder, whose name becomes one that npm accepts', async () => {
    await using folder = await createTemporaryFolder()
    const shop = join(folder.path, '_My Shop! ')
    await mkdir(shop)
    const { code, stdout } = await lokstra(shop, 'init', ...filesOnly)
    expect([code, stdout]).to.deep.equal([0, 'Wrote my-shop (minimal) to .\n\nNext:\n  npm install\n  npm run dev\n'])
  })

  it('keeps the scope of a name out of the name of the server', async () => {
    await using folder = await createTemporaryFolder()
    await lokstra(folder.path, 'init', ...filesOnly, '--name', '@acme/shop')
    expect((await readManifest(folder.path)).name).to.equal('@acme/shop')
    expect(await readFile(join(folder.path, 'lokstra.yaml'), 'utf8')).to.match(/^name: 'shop'$/m)
  })

  it('leaves no text of a template for a name behind', async () => {
    for (const template of await templateNames()) {
      await using folder = await createTemporaryFolder()
      expect((await lokstra(folder.path, 'init', ...filesOnly, '-t', template, '-n', 'shop')).code).to.equal(0)
      for (const file of await filesBelow(folder.path))
        expect(await readFile(join(folder.path, file), 'utf8'), file).not.to.match(/sample[-_ ]?(?:app|name)|"\*"/i)
    }
  })

  it('installs the versions that this repository is tested with', async () => {
    const { devDependencies: tested } = await readManifest(repositoryRoot)
    const cli = JSON.parse(await readFile(join(repositoryRoot, 'packages/cli/package.json'), 'utf8')) as {
      version: string
    }
    for (const template of await templateNames()) {
      await using folder = await createTemporaryFolder()
      await lokstra(folder.path, 'init', ...filesOnly, '-t', template)
      const { dependencies, devDependencies } = await readManifest(folder.path)
      for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
        const version = name.startsWith('@lokstra/') ? cli.version : tested[name]
        expect(range.replace(/^(npm:.+@)?[\^~]/, '$1'), name).to.equal(version)
      }
    }
  })

  for (const name of ['Shop', '.shop', 'my shop', 'node_modules', 'fs', 'x'.repeat(215), '@acme/', 'a/b/c'])
    it(`refuses the name ${JSON.stringify(name.slice(0, 20))}, with exit code 2`, async () => {
      await using folder = await createTemporaryFolder()
      const { code, stderr } = await lokstra(folder.path, 'init', ...filesOnly, '--name', name)
      expect(code).to.equal(2)
      expect(stderr).to.match(/^error: option '-n, --name <name>' argument '.+' is invalid\. /)
      expect(await readdir(folder.path)).to.deep.equal([])
    })

  it('refuses a template that there is not, with exit code 2', async () => {
    await using folder = await createTemporaryFolder()
    const { code, stderr } = await lokstra(folder.path, 'init', ...filesOnly, '--template', 'apu')
    expect(code).to.equal(2)
    expect(stderr).to.include("argument 'apu' is invalid. Allowed choices are minimal, api")
  })

  it('overwrites nothing: it names the files that are there, and writes none', async () => {
    await using folder = await createTemporaryFolder()
    await writeFile(join(folder.path, 'README.md'), 'mine')
    await symlink('nowhere', join(folder.path, 'tsconfig.json'))
    const { code, stdout, stderr } = await lokstra(folder.path, 'init', ...filesOnly)
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.match(/^E_FILES_EXIST: .*: README\.md, tsconfig\.json\n/)
    expect(await readdir(folder.path)).to.have.members(['README.md', 'tsconfig.json'])
  })

  it('overwrites with --force, and keeps what is no file of the template', async () => {
    await using folder = await createTemporaryFolder()
    await writeFile(join(folder.path, 'README.md'), 'mine')
    await writeFile(join(folder.path, 'notes.txt'), 'mine')
    expect((await lokstra(folder.path, 'init', ...filesOnly, '--force', '-n', 'shop')).code).to.equal(0)
    expect(await readFile(join(folder.path, 'README.md'), 'utf8')).to.match(/^# shop\n/)
    expect(await readFile(join(folder.path, 'notes.txt'), 'utf8')).to.equal('mine')
  })

  it('removes what it wrote, folders too, when one file cannot be written', async () => {
    await using folder = await createTemporaryFolder()
    await writeFile(join(folder.path, 'test'), 'a file where a folder must be')
    const { code, stderr } = await lokstra(folder.path, 'init', ...filesOnly)
    expect(code).to.equal(1)
    expect(stderr).to.match(/^E_FILES_WRITE: test\/greetings\/.*What had been written was removed again\n/)
    expect(await readdir(folder.path)).to.deep.equal(['test'])
  })

  it('makes a git repository that ignores what is generated, unless it is in one', async () => {
    await using folder = await createTemporaryFolder()
    const { stdout } = await lokstra(folder.path, 'init', 'shop', '--yes', '--no-install')
    expect(stdout).to.include('Made a git repository')
    const shop = join(folder.path, 'shop')
    await mkdir(join(shop, 'node_modules'))
    await writeFile(join(shop, 'node_modules/x.js'), '')
    await writeFile(join(shop, '.env'), '')
    const status = await promisify(execFile)('git', ['status', '--porcelain', '-uall'], { cwd: shop })
    expect(status.stdout)
      .to.include('.gitignore')
      .and.not.match(/node_modules|\.env\n/)
    const inner = await lokstra(shop, 'init', 'inner', '--yes', '--no-install')
    expect(inner.stdout).to.include('The folder is in a git repository already')
    expect(existsSync(join(shop, 'inner/.git'))).to.equal(false)
  })

  it('names the packed files that a folder lacks, and writes nothing', async () => {
    await using folder = await createTemporaryFolder()
    const { code, stderr } = await lokstra(folder.path, 'init', 'shop', '--yes', '--packages', '.')
    expect(code).to.equal(1)
    expect(stderr).to.match(/^E_PACKED_PACKAGES: \. holds no packed file of @lokstra\/cli, @lokstra\/core, /)
    expect(await readdir(folder.path)).to.deep.equal([])
  })

  it('prints why the package manager failed, and says that the project is there', async () => {
    await using folder = await createTemporaryFolder()
    await packedFiles(folder.path, (file) => writeFile(file, 'no archive'))
    const { code, stdout, stderr } = await lokstra(folder.path, 'init', 'shop', '--yes', '--no-git', '--packages', '.')
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.match(/^Installing with npm …\n/)
    expect(stderr).to.match(/npm error/)
    expect(stderr).to.match(
      /E_PACKAGE_MANAGER: .*: npm install ended with code \d+\n {2}fix {2}Run npm install in shop/,
    )
    expect(existsSync(join(folder.path, 'shop/package.json'))).to.equal(true)
  })

  it('ends the package manager when it is cut off, and says what is left', async function () {
    if (process.platform === 'win32') this.skip()
    await using folder = await createTemporaryFolder()
    // npm waits for whoever writes to a pipe, so it is sure to be running.
    await packedFiles(folder.path, async (file) => {
      await promisify(execFile)('mkfifo', [file])
    })
    const args = ['init', 'shop', '--yes', '--no-git', '--packages', '.']
    const child = spawn(process.execPath, [lokstraScript, ...args], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    await until(async () => (await childrenOf(child.pid!)).length > 0)
    const children = await childrenOf(child.pid!)
    child.kill('SIGINT')
    expect(await once(child, 'close')).to.deep.equal([1, null])
    expect(stderr).to.match(/E_PACKAGE_MANAGER: The project was written, .*: npm install was cut off\n/)
    expect(existsSync(join(folder.path, 'shop/package.json'))).to.equal(true)
    await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)))
  })
})

describe('lokstra init on a terminal', function () {
  before(function () {
    if (process.platform !== 'linux') this.skip()
  })

  it('asks for what no option says', async () => {
    await using folder = await createTemporaryFolder()
    const { code, screen } = await converse(
      folder.path,
      ['init', '--no-install'],
      [
        ['In which folder?', 'shop\r'],
        ['Which template?', '\u001b[B\r'],
        ['What is its name?', '-api\r'],
        ['Which package manager?', '\r'],
        ['Make a git repository?', '\u001b[C\r'],
      ],
    )
    expect(screen).to.include('Wrote shop-api (api) to shop')
    expect(code).to.equal(0)
    expect(existsSync(join(folder.path, 'shop/migrations'))).to.equal(true)
    expect(existsSync(join(folder.path, 'shop/.git'))).to.equal(false)
  })

  it('refuses a folder that holds a project before it asks for more', async () => {
    await using folder = await createTemporaryFolder()
    await writeFile(join(folder.path, 'package.json'), '{}')
    const { code, screen } = await converse(folder.path, ['init'], [['In which folder?', '\r']])
    expect(screen).to.include('E_FILES_EXIST').and.to.not.include('Which template?')
    expect(code).to.equal(1)
    expect(await readdir(folder.path)).to.deep.equal(['package.json'])
  })

  it('writes nothing when its author gives up', async () => {
    await using folder = await createTemporaryFolder()
    const { code, screen } = await converse(folder.path, ['init', 'shop'], [['Which template?', '\u0003']])
    expect(screen).to.include('Nothing was written.')
    expect(code).to.equal(1)
    expect(await readdir(folder.path)).to.deep.equal([])
  })
})

async function templateNames(): Promise<readonly string[]> {
  const help = (await runProgram(process.execPath, [lokstraScript, 'init', '--help'], { cwd: repositoryRoot })).stdout
  const names = /\nTemplates:\n((?: {2}.*\n)+)/.exec(help)![1]!.match(/(?<=^ {2})\w+/gm)!
  expect(names).to.include.members(['minimal', 'api'])
  return names
}

/** Makes something in place of each packed file that `--packages` looks for. */
async function packedFiles(folder: string, make: (file: string) => Promise<void>): Promise<void> {
  for (const name of ['cli', 'core', 'middleware', 'services']) {
    const { version } = JSON.parse(await readFile(join(repositoryRoot, `packages/${name}/package.json`), 'utf8')) as {
      version: string
    }
    await make(join(folder, `lokstra-${name}-${version}.tgz`))
  }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${String(condition)}`)
    await delay(20)
  }
}

/** Runs `lokstra` on a terminal of its own, and types each answer once its question is shown. */
async function converse(
  folder: string,
  args: readonly string[],
  answers: readonly (readonly [question: string, keys: string])[],
): Promise<{ code: number | null; screen: string }> {
  const words = [process.execPath, lokstraScript, ...args].map((word) => `'${word}'`)
  const child = spawnOnTerminal(words.join(' '), { cwd: folder })
  try {
    let screen = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text))
    const ended = once(child, 'close') as Promise<[number | null]>
    for (const [question, keys] of answers) {
      await until(() => stripVTControlCharacters(screen).includes(question))
      child.stdin.write(keys)
    }
    const [code] = await ended
    return { code, screen: stripVTControlCharacters(screen) }
  } finally {
    child.kill('SIGKILL')
  }
}
