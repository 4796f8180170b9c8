import { statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { watch, type FSWatcher } from 'chokidar'

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
  /** Absolute paths of folders of compiled files. */
  #outputs: readonly string[] = []
  /** By absolute path. */
  readonly #recent = new Map<string, Recent>()
  readonly #ready: Promise<void>
  readonly #closed = new AbortController()

  /** @param onChange  called for each file, with its path for people */
  constructor(project: Project, onChange: (file: string, effect: Effect) => void, onError: (error: unknown) => void) {
    this.#project = project
    const { folder } = project
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
      if (stats) void this.#follow(path, { mtimeMs: stats.mtimeMs, tell })
    })
    this.#watcher.on('error', onError)
    this.#ready = new Promise((resolve) => this.#watcher.once('ready', () => resolve()))
  }

  /** Resolves when changes are seen. */
  ready(): Promise<void> {
    return this.#ready
  }

  /** What is written there is no change of the project. */
  ignore(outputs: readonly string[]): void {
    this.#outputs = outputs
  }

  /** Watches the sources of another project as well. */
  add(folder: string): void {
    this.#watcher.add(folder)
  }

  /**
   * Tells now of files that have changed again since they were told of, as one does that is emptied before it is written. Who reads
   * them after that is not told of the same once more.
   */
  look(): void {
    for (const [path, recent] of this.#recent) tellIfChanged(path, recent)
  }

  close(): Promise<void> {
    this.#closed.abort()
    return this.#watcher.close()
  }

  /** The library tells of no second change of a file within a moment of the first. */
  async #follow(path: string, recent: Recent): Promise<void> {
    this.#recent.set(path, recent)
    do {
      await delay(deafMs, undefined, { signal: this.#closed.signal }).catch(() => undefined)
      // One that the library has told of again is followed from then.
      if (this.#closed.signal.aborted || this.#recent.get(path) !== recent) return
    } while (tellIfChanged(path, recent))
    this.#recent.delete(path)
  }

  #isIgnored(path: string): boolean {
    if (this.#outputs.some((folder) => path === folder || path.startsWith(folder + sep))) return true
    const name = basename(path)
    return name === 'node_modules' || (name.startsWith('.') && !/^\.env(?:\.local)?$/.test(name))
  }

  #effectOf(path: string): Effect | undefined {
    if (this.#isIgnored(path)) return undefined
    const name = basename(path)
    if (/\.[cm]?tsx?$/.test(name)) {
      // Of other projects the declarations are compiled files: their sources say what has changed.
      return /\.d\.[cm]?ts$/.test(name) && !path.startsWith(this.#project.folder + sep) ? undefined : 'compile'
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
