import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { Options } from '../options.js'
import { stepSeconds } from './estimate.js'
import type { Steps } from './progress.js'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const sample = join(repository, 'samples/todo-api')
const controller = 'src/todos/todo.controller.ts'
/** Between an answer and the next save, in milliseconds: nobody reads, thinks and types faster. */
const pauseMs = 1_500
/** After which a save is taken for one that never shows, in milliseconds. The first start makes a database. */
const limitMs = 60_000

/**
 * Milliseconds from saving a changed controller of a copy of samples/todo-api until HTTP gives what it answers now, under `lokstra dev`
 * with its embedded Postgres, save after save.
 */
export async function measureDev({ saves }: Options, progress: Steps): Promise<readonly number[]> {
  progress.step('dev: the first start', stepSeconds.devStart())
  await using project = await DevProject.start()
  const milliseconds: number[] = []
  for (let save = 1; save <= saves; save++) {
    await delay(pauseMs)
    progress.step(`dev: save ${save} of ${saves}`, stepSeconds.save())
    milliseconds.push(await project.save(save))
  }
  return milliseconds
}

/** A copy of the sample that `lokstra dev` runs. Its controller answers `/todos/stamp` with a number that each save changes. */
class DevProject implements AsyncDisposable {
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #url: string
  readonly #source: string
  #output = ''

  private constructor(folder: string, source: string, port: number) {
    this.#folder = folder
    this.#source = source
    this.#url = `http://127.0.0.1:${port}/todos/stamp`
    this.#child = spawn(process.execPath, [join(repository, 'packages/cli/bin/lokstra.js'), 'dev'], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', LOG_LEVEL: 'silent', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-10_000)))
    }
  }

  /** @returns when the first code answers */
  static async start(): Promise<DevProject> {
    const folder = await mkdtemp(join(tmpdir(), 'lokstra-bench-dev-'))
    const generated = ['node_modules', 'dist', '.lokstra', 'tsconfig.tsbuildinfo']
    await cp(sample, folder, { recursive: true, filter: (path) => !generated.includes(basename(path)) })
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
    // As users have it: the framework is installed, not a project that is referred to.
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(repository, 'tsconfig.base.json'),
        compilerOptions: { rootDir: 'src', outDir: 'dist' },
        include: ['src'],
      }),
    )
    const source = await readFile(join(folder, controller), 'utf8')
    await writeFile(join(folder, controller), stamped(source, 0))
    const project = new DevProject(folder, source, await freePort())
    try {
      await project.#until(0)
      return project
    } catch (error) {
      await project[Symbol.asyncDispose]()
      throw error
    }
  }

  /** @returns milliseconds until the saved code answers */
  async save(stamp: number): Promise<number> {
    const content = stamped(this.#source, stamp)
    const begun = performance.now()
    await writeFile(join(this.#folder, controller), content)
    await this.#until(stamp)
    return performance.now() - begun
  }

  async #until(stamp: number): Promise<void> {
    const deadline = performance.now() + limitMs
    while ((await this.#stamp()) !== stamp) {
      if (this.#child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`lokstra dev does not answer with what was saved:\n${this.#output}`)
      }
      await delay(2)
    }
  }

  /** @returns undefined when nobody answers, or something else */
  async #stamp(): Promise<number | undefined> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(limitMs) })
      return ((await response.json()) as { readonly data?: number }).data
    } catch {
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close')
      this.#child.kill('SIGTERM')
      await closed
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** @throws Error when the sample is not what it was */
function stamped(source: string, stamp: number): string {
  const [start, rest] = source.split('constructor(private readonly todos: TodoService) {}\n')
  if (start === undefined || rest === undefined) throw new Error(`${controller} of the sample has another constructor`)
  const method = `  @Get('/stamp')\n  stamp(): number {\n    return ${stamp}\n  }\n`
  return `${start}constructor(private readonly todos: TodoService) {}\n\n${method}${rest}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
