import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { createAppFolder, type AppFolder } from './app-folder.js'
import { freePort } from './free-port.js'
import { lokstraScript } from './lokstra.js'
import { poll } from './poll.js'
import { repositoryRoot } from './repository.js'

/** What a project needs, whatever it is compiled from and to. */
export const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  sourceMap: true,
  types: ['node'],
  typeRoots: [join(repositoryRoot, 'node_modules/@types')],
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  strict: true,
  skipLibCheck: true,
}

const tsconfig = JSON.stringify({
  compilerOptions: { ...compilerOptions, rootDir: 'src', outDir: 'dist' },
  include: ['src'],
})

/** A controller that answers `/hello` with a text. */
export function helloController(text: string): string {
  return `import { Get, Route } from '@lokstra/core'
@Route('/hello')
export class HelloController {
  @Get() hello() { return { text: ${JSON.stringify(text)}, pid: process.pid } }
}
`
}

/** What `/hello` answers. */
export interface Hello {
  readonly status: number
  readonly text: string | undefined
  readonly pid: number | undefined
  readonly code: string | undefined
  readonly message: string | undefined
}

/**
 * A project that has to be compiled.
 * @param files  by path, over those that every project has
 * @param typescript  the package of this repository that is its TypeScript; empty for none
 */
export async function createProject(
  files: Readonly<Record<string, string>> = {},
  typescript = 'typescript-7',
): Promise<AppFolder> {
  const app = await createAppFolder(
    {
      'tsconfig.json': tsconfig,
      'lokstra.yaml': `discover: [dist/**/*.js]\napps:\n  - { name: api, listen: '127.0.0.1:\${PORT:0}', controllers: [HelloController] }\n`,
      'src/hello.controller.ts': helloController('one'),
      ...files,
    },
    ['@lokstra/core', '@lokstra/services', 'class-validator'],
  )
  if (typescript !== '') {
    const installed = await realpath(join(repositoryRoot, 'node_modules', typescript))
    await symlink(installed, join(app.path, 'node_modules/typescript'))
  }
  return app
}

/** A project that `lokstra dev` runs. */
export class DevServer implements AsyncDisposable {
  readonly process: ChildProcess
  readonly folder: string
  readonly url: string
  readonly exit: Promise<number | null>
  readonly #app: AppFolder
  #output = ''
  #hasEnded = false

  private constructor(app: AppFolder, port: number, below: string, env: Readonly<Record<string, string>>) {
    this.#app = app
    this.folder = app.path
    this.url = `http://127.0.0.1:${port}`
    this.process = spawn(process.execPath, [lokstraScript, 'dev'], {
      cwd: join(app.path, below),
      env: { ...process.env, PORT: String(port), NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    }
    this.exit = once(this.process, 'close').then(([code]) => {
      this.#hasEnded = true
      return code as number | null
    })
  }

  /**
   * @param files  of the project, by path, over those that every project has
   * @param below  folder of the files that it is run in
   */
  static async start(
    files: Readonly<Record<string, string>> = {},
    {
      port,
      typescript = 'typescript-7',
      below = '.',
      ...env
    }: { port?: number; typescript?: string; below?: string } & Record<string, string | number> = {},
  ): Promise<DevServer> {
    const app = await createProject(files, typescript)
    const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))
    return new DevServer(app, port ?? (await freePort()), below, variables)
  }

  /** Standard output and standard error so far. */
  get output(): string {
    return this.#output
  }

  /** Resolves when the output, from an index on, matches. */
  async until(pattern: RegExp, from = 0): Promise<void> {
    await poll(
      () => {
        if (!pattern.test(this.#output.slice(from)) && this.#hasEnded) throw new Error(`it ended: ${this.#output}`)
        return pattern.test(this.#output.slice(from))
      },
      () => `no ${pattern} in:\n${this.#output}`,
    )
  }

  /** Resolves when it serves. @throws after ending it, when it does not come to that */
  async ready(): Promise<this> {
    try {
      await this.until(/✓ ready in \d+ ms {2}http/)
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw error
    }
    return this
  }

  /** Writes a file of the project, and waits until the change was seen. */
  async save(file: string, content: string): Promise<void> {
    const from = this.#output.length
    await mkdir(dirname(join(this.folder, file)), { recursive: true })
    await writeFile(join(this.folder, file), content)
    await this.until(/↻ .* changed/, from)
  }

  async remove(file: string): Promise<void> {
    const from = this.#output.length
    await rm(join(this.folder, file))
    await this.until(/↻ .* changed/, from)
  }

  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), 'utf8')
  }

  async hello(path = '/hello'): Promise<Hello> {
    const response = await fetch(this.url + path)
    const body = (await response.json()) as {
      readonly data?: { readonly text: string; readonly pid: number }
      readonly error?: { readonly code: string; readonly message: string }
    }
    const { text, pid } = body.data ?? {}
    const { code, message } = body.error ?? {}
    return { status: response.status, text, pid, code, message }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGTERM')
    await Promise.race([this.exit, delay(10_000, undefined, { ref: false })])
    this.process.kill('SIGKILL')
    await this.exit
    await this.#app[Symbol.asyncDispose]()
  }
}
