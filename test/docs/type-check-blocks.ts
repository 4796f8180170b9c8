import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { MarkdownBlock } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'

export interface Page {
  /** Relative to the repository. */
  readonly file: string
  readonly blocks: readonly MarkdownBlock[]
}

/** A file of the project that is compiled, and where its text comes from. */
interface SourceFile {
  readonly page: string
  readonly block: MarkdownBlock
}

const compilerOptions = {
  noEmit: true,
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  sourceMap: false,
  // A block that imports nothing must not share its names with the others.
  moduleDetection: 'force',
  // A snippet may declare what only its reader uses.
  noUnusedLocals: false,
  noUnusedParameters: false,
  types: ['node', 'mocha'],
}

/**
 * Compiles the `ts` blocks of all pages in one run with the repository's own settings. A block that starts with a comment
 * such as `// src/todo.ts` is that file for the rest of its page; a later block of the same name replaces it from there on.
 * @returns one `page:line: message` per error
 */
export async function typeCheckBlocks(pages: readonly Page[]): Promise<readonly string[]> {
  // Below test/dist, so that imports resolve as they do for the tests themselves.
  const parent = join(repositoryRoot, 'test/dist')
  mkdirSync(parent, { recursive: true })
  const project = mkdtempSync(join(parent, 'docs-'))
  try {
    const sources = writeProject(project, pages)
    if (sources.size === 0) return []
    return readErrors(await runCompiler(project), sources)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

function writeProject(project: string, pages: readonly Page[]): ReadonlyMap<string, SourceFile> {
  const sources = new Map<string, SourceFile>()
  for (const [index, { file: page, blocks }] of pages.entries()) {
    // The page tells a story: showing a file again starts the next stage, which keeps the other files.
    let stage = 0
    let kept = new Map<string, MarkdownBlock>()
    let shown = new Map<string, MarkdownBlock>()
    const flush = () => {
      const files = new Map([...kept, ...shown])
      for (const [name, block] of files) sources.set(`page-${index}/${stage}/${name}`, { page, block })
      kept = new Map([...files].filter(([, block]) => fileName(block) !== undefined))
      shown = new Map()
      stage++
    }
    for (const block of blocks) {
      const name = fileName(block) ?? `block-${block.line}.ts`
      if (shown.has(name)) flush()
      shown.set(name, block)
    }
    flush()
  }
  for (const [path, { block }] of sources) {
    const target = join(project, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, block.text)
  }
  const settings = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['**/*.ts'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(settings))
  return sources
}

function fileName(block: MarkdownBlock): string | undefined {
  return /^\/\/ (\S+\.ts)\b/.exec(block.text)?.[1]
}

function runCompiler(project: string): Promise<string> {
  const compiler = join(repositoryRoot, 'node_modules/typescript-7/bin/tsc')
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [compiler, '-p', '.', '--pretty', 'false'],
      { cwd: project },
      (error, stdout, stderr) => {
        if (error && stdout === '') reject(new Error(`The compiler did not run: ${stderr}`, { cause: error }))
        else resolve(stdout)
      },
    )
  })
}

function readErrors(output: string, sources: ReadonlyMap<string, SourceFile>): readonly string[] {
  const errors = new Set<string>()
  for (const line of output.split('\n')) {
    const [, path, row, message] = /^(\S+?)\((\d+),\d+\): (.*)$/.exec(line) ?? []
    const source = path === undefined ? undefined : sources.get(path)
    if (source && message !== undefined) {
      errors.add(`${source.page}:${source.block.line + Number(row) - 1}: ${message}`)
    } else if (/\berror TS\d+/.test(line)) {
      errors.add(line)
    }
  }
  return [...errors]
}
