import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { readBlocks } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'

/** The code of one page, compiled and ready to be imported. */
export class CompiledPage {
  readonly #folder: string
  readonly #names: readonly string[]

  constructor(folder: string, names: readonly string[]) {
    this.#folder = folder
    this.#names = names
  }

  /** What the named blocks export, all together; `main.ts` would start a server, and tests come with {@link loadTests}. */
  load(): Promise<Record<string, unknown>> {
    return this.#import((name) => !name.endsWith('/main.js') && !name.endsWith('.test.js'))
  }

  /** Lets the tests that the page shows describe themselves. */
  async loadTests(): Promise<void> {
    await this.#import((name) => name.endsWith('.test.js'))
  }

  async #import(isWanted: (name: string) => boolean): Promise<Record<string, unknown>> {
    const urls = this.#names.filter(isWanted).map((name) => pathToFileURL(join(this.#folder, name)).href)
    const modules = await Promise.all(urls.map((url) => import(url) as Promise<Record<string, unknown>>))
    return Object.assign({}, ...modules) as Record<string, unknown>
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Compiles the blocks of a page that are named, such as `// src/todo.ts`, beside `# app/lokstra.yaml`. Each name must occur once. */
export async function compilePage(page: string): Promise<CompiledPage> {
  // Below test/dist, so that imports resolve as they do for the tests themselves.
  const parent = join(repositoryRoot, 'test/dist')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'page-'))
  const names: string[] = []
  for (const { lang, text, line } of readBlocks(join(repositoryRoot, page))) {
    // A configuration in a folder belongs to the code in it.
    const pattern = { ts: /^\/\/ (\S+\.ts)\b/, yaml: /^# (\S+\/\S+\.yaml)\b/ }[lang]
    const name = pattern?.exec(text)?.[1]
    if (name === undefined) continue
    if (names.includes(name)) throw new Error(`${page}:${line}: ${name} is shown twice`)
    names.push(name)
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const compilerOptions = { composite: false, declaration: false, declarationMap: false, types: ['node', 'mocha'] }
  const settings = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['**/*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(repositoryRoot, 'node_modules/typescript-7/bin/tsc')
  await promisify(execFile)(process.execPath, [compiler, '-p', folder])
  const compiled = names.filter((name) => name.endsWith('.ts')).map((name) => name.replace(/\.ts$/, '.js'))
  return new CompiledPage(folder, compiled)
}
