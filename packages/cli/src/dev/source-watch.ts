import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'

import { watch, type FSWatcher } from 'chokidar'

import { isBelow } from '../files/is-below.js'
import type { Layout } from './compiler.js'
import type { Project } from './project.js'

/** Longer than the library is deaf to further changes of a file after the first, in milliseconds. */
const deafMs = 75

/**
 * What a changed file asks for: `compile` it and start again, `restart` without compiling, or only `reload` the configuration.
 */
export type Effect = 'compile' | 'restart' | 'reload'

/** A file that has changed a moment ago, and may change again without the library telling of it. */
interface Recent {
  /** Of the file as it was told of, or seen, last. */
  mtimeMs: number
  readonly tell: () => void
}

/** Tells of changed files of a project, as they change. */
export class SourceWatch {
  readonly #project: Project
  readonly #watcher: FSWatcher
  /** Absolute paths of the folders of projects. */
  readonly #roots: Set<string>
  /** Absolute paths of folders of compiled files. */
  #outputs: readonly string[] = []
  /** By absolute path. */
  readonly #recent = new Map<string, Recent>()
  #timer: NodeJS.Timeout | undefined
  readonly #ready: Promise<void>

  /** @param onChange  called for each file, with its path for people */
  constructor(project: Project, onChange: (file: string, effect: Effect) => void, onError: (error: unknown) => void) {
    this.#project = project
    const { folder } = project
    this.#roots = new Set([folder])
    this.#watcher = watch([folder], {
      ignoreInitial: true,
      alwaysStat: true,
      ignored: (path, stats) =>
        this.#isIgnored(path) || (stats?.isFile() === true && this.#effectOf(path) === undefined),
    })
    this.#watcher.on('all', (event, path, stats) => {
      const effect = event === 'addDir' || event === 'unlinkDir' ? undefined : this.#effectOf(path)
      if (!effect) return
      const tell = () => onChange(relative(folder, path), effect)
      tell()
      if (stats) this.#remember(path, { mtimeMs: stats.mtimeMs, tell })
    })
    this.#watcher.on('error', onError)
    this.#ready = new Promise((resolve) => this.#watcher.once('ready', () => resolve()))
  }

  /** Resolves when changes are seen. */
  ready(): Promise<void> {
    return this.#ready
  }

  /** Watches the sources of these projects as well, and not what they are compiled to. */
  cover(layouts: readonly Layout[]): void {
    // A folder that holds the sources too holds more than what is compiled.
    this.#outputs = layouts.flatMap(({ rootDir, outDir, declarationDir }) =>
      [outDir, declarationDir].flatMap((output) => (output === undefined || isBelow(output, rootDir) ? [] : output)),
    )
    const added = layouts.map(({ folder }) => folder).filter((folder) => !isBelow(this.#project.folder, folder))
    for (const folder of added) this.#roots.add(folder)
    this.#watcher.add(added)
  }

  /**
   * Tells now of files that have changed again since they were told of, as one does that is emptied before it is written. Who reads
   * them after that is not told of the same once more.
   */
  look(): void {
    for (const [path, recent] of this.#recent) tellIfChanged(path, recent)
  }

  close(): Promise<void> {
    clearTimeout(this.#timer)
    return this.#watcher.close()
  }

  /** The library tells of no second change of a file within a moment of the first: it is looked for when that is over for all. */
  #remember(path: string, recent: Recent): void {
    this.#recent.set(path, recent)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#settle(), deafMs)
  }

  #settle(): void {
    for (const [path, recent] of this.#recent) {
      if (!tellIfChanged(path, recent)) this.#recent.delete(path)
    }
    if (this.#recent.size > 0) this.#timer?.refresh()
  }

  #isIgnored(path: string): boolean {
    if (this.#outputs.some((folder) => isBelow(folder, path))) return true
    if (this.#roots.has(path)) return false
    const name = basename(path)
    return name === 'node_modules' || (name.startsWith('.') && !/^\.env(?:\.local)?$/.test(name))
  }

  #effectOf(path: string): Effect | undefined {
    if (this.#isIgnored(path)) return undefined
    const name = basename(path)
    if (/\.[cm]?tsx?$/.test(name)) {
      return isCompiledBeside(path) ? undefined : 'compile'
    }
    if (/^tsconfig.*\.json$/.test(name)) return 'compile'
    if (name === 'package.json' || name.endsWith('.sql')) return 'restart'
    if (/\.(?:pem|crt|key)$/.test(name) || /^\.env(?:\.local)?$/.test(name)) return 'reload'
    return /\.ya?ml$/.test(name) && this.#isConfiguration(path) ? 'reload' : undefined
  }

  #isConfiguration(path: string): boolean {
    const { configuration } = this.#project
    const folder = /\.ya?ml$/.test(configuration) ? dirname(configuration) : configuration
    return dirname(path) === folder || path.startsWith(join(folder, 'config') + sep)
  }
}

/** TypeScript as well takes no declarations for a source that have their source beside them. */
function isCompiledBeside(path: string): boolean {
  const [, stem, kind = ''] = /^(.*)\.d\.([cm]?)ts$/.exec(path) ?? []
  return stem !== undefined && [`.${kind}ts`, '.tsx'].some((ending) => existsSync(stem + ending))
}

function tellIfChanged(path: string, recent: Recent): boolean {
  const mtimeMs = mtimeOf(path)
  if (mtimeMs === undefined || mtimeMs === recent.mtimeMs) return false
  recent.mtimeMs = mtimeMs
  recent.tell()
  return true
}

/** Undefined where there is no file, or none that may be looked at. */
function mtimeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs
  } catch {
    return undefined
  }
}
