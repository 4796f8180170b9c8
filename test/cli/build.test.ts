import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { expect } from 'chai'

import { compilerOptions, createProject, helloController } from '../helpers/dev-server.js'
import { isRunning } from '../helpers/is-running.js'
import { lokstra, lokstraScript } from '../helpers/lokstra.js'
import { poll } from '../helpers/poll.js'

/** A project whose compiler is a script. */
function compiledBy(script: string): Readonly<Record<string, string>> {
  const manifest = JSON.stringify({ name: 'typescript', version: '7.0.0', type: 'module', bin: { tsc: 'tsc.js' } })
  return { 'node_modules/typescript/package.json': manifest, 'node_modules/typescript/tsc.js': script }
}

describe('lokstra build', function () {
  this.timeout(60_000)

  it('compiles, removes what has no source any more, and says what there is', async () => {
    const extra = helloController('extra').replaceAll('Hello', 'Extra').replace('/hello', '/extra')
    const config = 'discover: [dist/**/*.js]\n'
    await using project = await createProject({ 'src/extra.controller.ts': extra, 'lokstra.yaml': config })
    await writeFile(join(project.path, 'unrelated.js'), '')
    const first = await lokstra(project.path, 'build')
    expect(first).to.deep.include({ code: 0, stderr: '' })
    expect(first.stdout).to.match(/^built in [\d.]+ s: 1 app, 2 routes\n$/)
    await rm(join(project.path, 'src/extra.controller.ts'))
    await writeFile(join(project.path, 'dist/copied.js'), '')
    const second = await lokstra(project.path, 'build')
    expect(second.stdout).to.match(/^built in [\d.]+ s: 1 app, 1 route, removed 1 file without a source\n$/)
    expect(existsSync(join(project.path, 'dist/extra.controller.js'))).to.equal(false)
    expect(existsSync(join(project.path, 'dist/copied.js'))).to.equal(true)
  })

  it('removes what has no source any more of the projects that tsconfig.json refers to', async () => {
    const options = { ...compilerOptions, composite: true, rootDir: '.', outDir: 'dist' }
    await using project = await createProject({
      'tsconfig.json': JSON.stringify({ files: [], references: [{ path: './tsconfig.src.json' }] }),
      'tsconfig.src.json': JSON.stringify({
        compilerOptions: options,
        include: ['src'],
        references: [{ path: './lib' }],
      }),
      'lib/tsconfig.json': JSON.stringify({
        compilerOptions: { ...options, declarationDir: 'types' },
        include: ['*.ts'],
      }),
      'src/gone.ts': '',
      'lib/gone.ts': '',
      'lib/kept.ts': '',
    })
    await lokstra(project.path, 'build')
    const outputs = ['dist/src/gone.js', 'dist/src/gone.d.ts', 'lib/dist/gone.js', 'lib/types/gone.d.ts']
    const written = () => outputs.filter((file) => existsSync(join(project.path, file)))
    expect(written()).to.deep.equal(outputs)
    await rm(join(project.path, 'src/gone.ts'))
    await rm(join(project.path, 'lib/gone.ts'))
    const { stdout } = await lokstra(project.path, 'build')
    expect(stdout).to.match(/^built in [\d.]+ s: 1 app, 1 route, removed 2 files without a source\n$/)
    expect(written()).to.deep.equal([])
  })

  it('keeps scripts that something else has put among the compiled ones', async () => {
    const sourcesOf = {
      'vendor.min.js': ['../js/src/vendor.js'],
      'public/vendor/alert.js': ['../../js/src/alert.js'],
      'public/assets/main.js': ['../../../front-end/main.ts'],
      'public/widget.js': ['widget.ts'],
      'public/bundle.js': ['../../src/public/bundle.ts', '../../src/public/part.ts'],
      'library.js': ['../../library/src/library.ts'],
    }
    const scripts = Object.entries(sourcesOf).flatMap(([file, sources]) => [
      [`dist/${file}`, ''],
      [`dist/${file}.map`, JSON.stringify({ version: 3, file: basename(file), sources, mappings: '' })],
    ])
    await using project = await createProject({
      ...(Object.fromEntries(scripts) as Record<string, string>),
      'lokstra.yaml': 'discover: [dist/*.controller.js]\n',
    })
    const { stdout } = await lokstra(project.path, 'build')
    expect(stdout).to.match(/^built in [\d.]+ s: 1 app, 1 route\n$/)
    const gone = scripts.filter(([file]) => !existsSync(join(project.path, file!)))
    expect(gone).to.deep.equal([])
  })

  it('prints what the compiler says and exits 1', async () => {
    await using project = await createProject({ 'src/wrong.ts': "export const one: number = 'x'\n" })
    const { code, stdout, stderr } = await lokstra(project.path, 'build')
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' })
    expect(stderr).to.match(/src\/wrong\.ts:1:14 - error TS2322[^]*E_BUILD_FAILED: .* one error/)
  })

  it('names the setting that is missing where the compiler refuses decorators', async () => {
    const settings = { rootDir: '.', outDir: 'dist', module: 'nodenext', target: 'es2022' }
    await using project = await createProject({
      'tsconfig.json': JSON.stringify({ compilerOptions: settings, include: ['src'] }),
    })
    const { code, stderr } = await lokstra(project.path, 'build')
    expect(code).to.equal(1)
    expect(stderr).to.match(/E_BUILD_FAILED[^]*If every decorator is refused, set "experimentalDecorators"/)
  })

  it('ends the compiler with itself', async () => {
    const endless = `import { writeFileSync } from 'node:fs'
if (process.argv.includes('-b')) {
  writeFileSync('compiler.pid', String(process.pid))
  setTimeout(() => undefined, 60_000)
}
`
    await using project = await createProject(compiledBy(endless), '')
    const build = spawn(process.execPath, [lokstraScript, 'build'], {
      cwd: project.path,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let printed = ''
    build.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    const ended = once(build, 'close')
    let compiler = 0
    try {
      const told = join(project.path, 'compiler.pid')
      await poll(
        () => (compiler = existsSync(told) ? Number(readFileSync(told, 'utf8')) : 0) > 0,
        () => 'the compiler was not started',
      )
      build.kill('SIGTERM')
      expect(await ended).to.deep.equal([1, null])
      expect(printed).to.include('Cut off by SIGTERM')
      await poll(
        () => !isRunning(compiler),
        () => 'the compiler is still running',
      )
    } finally {
      build.kill('SIGKILL')
      if (compiler > 0 && isRunning(compiler)) process.kill(compiler, 'SIGKILL')
    }
  })

  it('says how the compiler ended where it has found no mistake', async () => {
    for (const [said, told] of [
      ['', ', and has said nothing'],
      ['heap out of memory', ' and said: heap out of memory'],
    ]) {
      const killed = `process.stderr.write('${said}')\nprocess.kill(process.pid, 'SIGKILL')\n`
      await using project = await createProject(compiledBy(killed), '')
      const { code, stderr } = await lokstra(project.path, 'build')
      expect(code).to.equal(1)
      expect(stderr).to.include(`E_COMPILER_ENDED: The compiler ended by SIGKILL${told}`)
    }
  })

  it('compiles all of a project whose compiled files were removed, though the compiler has noted that they are there', async () => {
    const options = { ...compilerOptions, rootDir: 'src', outDir: 'dist', incremental: true }
    await using project = await createProject({
      'tsconfig.json': JSON.stringify({ compilerOptions: options, include: ['src'] }),
    })
    expect((await lokstra(project.path, 'build')).code).to.equal(0)
    expect(existsSync(join(project.path, 'tsconfig.tsbuildinfo'))).to.equal(true)
    await rm(join(project.path, 'dist'), { recursive: true })
    const { stdout, stderr } = await lokstra(project.path, 'build')
    expect(stderr).to.equal('')
    expect(stdout).to.match(/^built in [\d.]+ s: 1 app, 1 route\n$/)
  })

  it('compiles nothing again where all is as it was, also where a project has nothing to compile', async () => {
    const options = { ...compilerOptions, composite: true, rootDir: 'src', outDir: 'dist' }
    const references = ['tsconfig.src.json', 'lib', 'declared', 'checked', 'typed'].map((path) => ({
      path: `./${path}`,
    }))
    await using project = await createProject({
      'tsconfig.json': JSON.stringify({ compilerOptions: { outDir: 'none' }, files: [], references }),
      'tsconfig.src.json': JSON.stringify({ compilerOptions: options, include: ['src'] }),
      'lib/tsconfig.json': JSON.stringify({ compilerOptions: options, include: ['src'] }),
      'lib/src/lib.ts': 'export const lib = 1\n',
      'declared/tsconfig.json': JSON.stringify({ compilerOptions: options, include: ['src'] }),
      'declared/src/declared.d.ts': 'export declare const declared: number\n',
      'checked/tsconfig.json': JSON.stringify({ compilerOptions: { ...options, noEmit: true }, include: ['src'] }),
      'checked/src/checked.ts': 'export const checked = 1\n',
      'typed/tsconfig.json': JSON.stringify({
        compilerOptions: { ...options, emitDeclarationOnly: true, declarationDir: 'types' },
        include: ['src'],
      }),
      'typed/src/typed.ts': 'export const typed = 1\n',
    })
    const compiled = () => statSync(join(project.path, 'lib/dist/lib.js')).mtimeMs
    expect((await lokstra(project.path, 'build')).stderr).to.equal('')
    const before = compiled()
    expect((await lokstra(project.path, 'build')).stderr).to.equal('')
    expect(compiled()).to.equal(before)
  })

  it('tells of what compiles and cannot start', async () => {
    await using project = await createProject({
      'lokstra.yaml': 'discover: [dist/**/*.js]\napps: [{ controllers: [HeloController] }]\n',
    })
    const { code, stderr } = await lokstra(project.path, 'build')
    expect(code).to.equal(1)
    expect(stderr).to.match(/E_CONTROLLER_UNKNOWN[^]*Did you mean "HelloController"/)
  })

  it('asks for a tsconfig.json where there is none', async () => {
    await using project = await createProject()
    await rm(join(project.path, 'tsconfig.json'))
    const { code, stderr } = await lokstra(project.path, 'build')
    expect(code).to.equal(1)
    expect(stderr).to.include('E_TSCONFIG_MISSING')
  })
})
