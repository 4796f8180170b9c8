import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import { watch, type FSWatcher } from 'chokidar'

import { settlesWithin } from '../promises/settles-within.js'

/** Quiet for this long, in milliseconds, and a change is complete: editors write a file in several steps, and several files at once. */
const quietMs = 100
/** A change is not waited for any longer than this, in milliseconds: something may write all the time. */
const longestMs = 1_000
/** How long is waited until everything is watched, in milliseconds, before what was watched before no longer is. */
const readyMs = 1_000

/** How far the clock of files may be behind, in milliseconds: a tick of the system. */
const clockMs = 20

/** Files of a configuration, those that it may get, and others whose content counts. */
export interface WatchedFiles {
  /** Absolute path of the folder of the configuration. */
  readonly folder: string
  readonly environment: string
  /** Absolute paths of files that were read. */
  readonly files: readonly string[]
}

/**
 * Tells of changes of files. Folders are watched, not files: a file that is replaced, by an editor or by Kubernetes, is another one
 * afterwards, and files may be added.
 */
export class FileWatch {
  readonly #onChange: () => void
  readonly #onError: (error: unknown) => void
  #watcher: FSWatcher | undefined
  #paths: readonly string[] = []
  #watched: WatchedFiles | undefined
  #isClosed = false
  #stopWaiting: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #changingSince: number | undefined

  /**
   * @param onChange  called once for changes that come together
   * @param onError  told of what cannot be watched
   */
  constructor(onChange: () => void, onError: (error: unknown) => void) {
    this.#onChange = onChange
    this.#onError = onError
  }

  /**
   * Watches these from now on. Until they are watched, what was watched before still is.
   * @param readAt  milliseconds of the clock, when they were read: what changed since then is a change
   */
  async watch(watched: WatchedFiles, readAt: number): Promise<void> {
    this.#watched = watched
    const { folder, environment, files } = watched
    const real = await Promise.all(files.map((file) => realpath(file).catch(() => file)))
    const names = new Set([...files, ...real])
    const config = join(folder, 'config')
    const candidates = new Set([folder, config, join(config, environment), ...Array.from(names, dirname)])
    const folders = await keepFolders([...candidates])
    const paths = [...folders, ...names]
    if (this.#isClosed || isDeepStrictEqual(paths, this.#paths)) return
    this.#paths = paths
    const isWatched = (path: string) =>
      folders.has(path) ||
      names.has(path) ||
      path === config ||
      (folders.has(dirname(path)) && mayCount(basename(path)))
    const watcher = watch([...folders], {
      ignoreInitial: true,
      // Otherwise it would keep a removal back for a while, and lose it when it is closed meanwhile.
      atomic: false,
      // What a link leads to is watched by itself: of the link it counts that it is swapped.
      followSymlinks: false,
      depth: 0,
      ignored: (path) => !isWatched(path),
    })
    watcher.on('all', this.#changed)
    watcher.on('error', this.#onError)
    const before = this.#watcher
    this.#watcher = watcher
    const isReady = new Promise<void>((resolve) => {
      watcher.once('ready', resolve)
      // One that is closed before never gets ready.
      this.#stopWaiting = resolve
    })
    await settlesWithin(isReady, readyMs)
    await before?.close()
    // The one may have noticed it too late, and the other too early.
    await this.#tellOfChangesSince(readAt - clockMs)
  }

  /** Watches folders too that were not there before: what is wrong may stand in them. */
  async lookAgain(readAt: number): Promise<void> {
    if (this.#watched) await this.watch(this.#watched, readAt)
  }

  /** @param time  milliseconds of the clock */
  async #tellOfChangesSince(time: number): Promise<void> {
    const times = await Promise.all(
      this.#paths.map((path) =>
        stat(path)
          .then(({ mtimeMs }) => mtimeMs)
          .catch(() => time),
      ),
    )
    if (times.some((changedAt) => changedAt > time)) this.#changed()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#watcher?.close()
    this.#stopWaiting?.()
  }

  readonly #changed = (): void => {
    this.#changingSince ??= performance.now()
    const left = this.#changingSince + longestMs - performance.now()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#tell, Math.max(0, Math.min(quietMs, left)))
  }

  readonly #tell = (): void => {
    this.#changingSince = undefined
    this.#onChange()
  }
}

/** Kubernetes swaps the link `..data`, through which all files of a volume are seen. */
function mayCount(name: string): boolean {
  return /\.ya?ml$|^\.env(?:\.local)?$|^\.\.data$/.test(name)
}

async function keepFolders(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const isFolder = await Promise.all(
    paths.map((path) =>
      stat(path)
        .then((found) => found.isDirectory())
        .catch(() => false),
    ),
  )
  return new Set(paths.filter((_, index) => isFolder[index]))
}
