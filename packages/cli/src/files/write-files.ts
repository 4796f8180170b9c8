import { lstat, mkdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lokstraError } from '@lokstra/core'

import { E_FILES_EXIST, E_FILES_WRITE } from '../catalogue/command-line.js'

/** Contents by path below a folder, with `/` between its parts. */
export type Files = ReadonlyMap<string, string>

export interface WriteOptions {
  /** Overwrites what is there. Default false. */
  readonly force?: boolean
  /** Ends the writing between two files; what had been written is removed again. */
  readonly signal?: AbortSignal
}

/**
 * Which of the paths exist already, whatever they are.
 * @throws LokstraError `E_FILES_EXIST` where there is one, unless `force`
 */
export async function refuseExisting(
  folder: string,
  paths: Iterable<string>,
  force: boolean,
): Promise<readonly string[]> {
  const existing: string[] = []
  for (const path of paths) {
    const isThere = await lstat(join(folder, path)).then(
      () => true,
      () => false,
    )
    if (isThere) existing.push(path)
  }
  if (existing.length > 0 && !force) throw lokstraError(E_FILES_EXIST, { files: existing.sort() })
  return existing
}

/**
 * Writes all of the files or none: what was written, and the folders made for it, are removed again when one fails or the signal comes.
 * A file that was overwritten stays as it was written.
 * @throws LokstraError `E_FILES_EXIST`, `E_FILES_WRITE`; the reason of the signal
 */
export async function writeFiles(
  folder: string,
  files: Files,
  { force = false, signal }: WriteOptions = {},
): Promise<void> {
  const kept = new Set(await refuseExisting(folder, files.keys(), force))
  const written: string[] = []
  const folders: string[] = []
  for (const [path, content] of files) {
    const file = join(folder, path)
    try {
      signal?.throwIfAborted()
      const made = await mkdir(dirname(file), { recursive: true })
      if (made !== undefined) folders.push(...between(made, dirname(file)))
      // What appeared since the look above is not overwritten either.
      await writeFile(file, content, { flag: kept.has(path) ? 'w' : 'wx' })
      if (!kept.has(path)) written.push(path)
    } catch (error) {
      const left = await remove(folder, written, folders)
      if (signal?.aborted) throw error
      throw lokstraError(E_FILES_WRITE, { file: path, reason: (error as Error).message, left }, [], { cause: error })
    }
  }
}

/** The folders from the outermost one that was made to the innermost. */
function between(outermost: string, innermost: string): string[] {
  return innermost === outermost ? [outermost] : [...between(outermost, dirname(innermost)), innermost]
}

/** @returns what could not be removed */
async function remove(folder: string, written: readonly string[], folders: readonly string[]): Promise<string[]> {
  const left: string[] = []
  for (const path of written) await rm(join(folder, path), { force: true }).catch(() => left.push(path))
  for (const made of folders.toReversed()) await rmdir(made).catch(() => undefined)
  return left
}
